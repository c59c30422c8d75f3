"""``meshrig`` and ``python -m meshrig``."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Ctrl-C ends it without a traceback, even before its modules are loaded."""
    try:
        from meshrig.cli import cli

        cli()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
