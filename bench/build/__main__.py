"""`python -m bench.build`: the table of build speed."""

from bench.build.table import main

main()
