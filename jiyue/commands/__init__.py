"""Groups of commands; jiyue.cli puts them together."""
