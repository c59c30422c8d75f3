"""A Dockerfile as the recipe for running its application without Docker: its own virtual environment and file tree.

The parser is ours: the packages that parse Dockerfiles have had no release since 2023 and keep no columns of a
continued line's start, which our messages need.
"""
