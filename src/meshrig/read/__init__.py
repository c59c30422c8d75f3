"""Text and API answers -> model, with where each thing came from."""
