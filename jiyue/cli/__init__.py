"""The command line, the only place that prints: a module a group of commands; app puts them together."""

from jiyue.cli.app import main as main
