"""`python -m jiyue`."""

from jiyue.cli.main import main

main()
