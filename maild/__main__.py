"""``maild`` and ``python -m maild``."""

from __future__ import annotations

from maild.cli.main import maild


def main() -> None:
    """Run the command line; it ends the process with the command's status."""
    maild(prog_name="maild")


if __name__ == "__main__":
    main()
