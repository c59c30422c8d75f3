"""What meshrig knows, as frozen dataclasses without I/O."""
