"""Groups of commands; jiyue.cli.main puts them together."""
