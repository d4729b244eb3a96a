"""`python -m fastgw` is the `fastgw` command."""

from fastgw.cli import main

if __name__ == "__main__":
    main()
