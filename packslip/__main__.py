"""`python -m packslip` and the `packslip` command."""

from packslip.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
