"""`python -m matrix` is the command `leakmatrix`."""

from matrix.cli import main

if __name__ == "__main__":
    main()
