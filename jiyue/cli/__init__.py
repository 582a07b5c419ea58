"""The command line, the only code that prints: `app` selects the command, `commands/` has one module for each."""

from jiyue.cli.app import main as main
