"""The command line, the only place that prints: `app` finds the command, `commands/` holds one module for each."""

from jiyue.cli.app import main as main
