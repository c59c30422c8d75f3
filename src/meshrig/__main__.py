"""``python -m meshrig``."""

from meshrig.cli import main

main()
