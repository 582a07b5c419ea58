"""Includes compiled into the template that names them.

Jinja's own `include` makes a new context on every page, which costs more than rendering most components. Replacing a
literal `{% include "name" %}` by the nodes of that template, in a scope of their own, gives the same page; errors still
name the file and line of the included template.
"""

from __future__ import annotations

from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from jiyue.base.patterns import pattern

_INCLUDE = pattern(r"""({%[-+]?\s*)include(\s+(["'])([^"']+)\3\s*[-+]?%})""")
_TAG = "compile_in"


class InlineIncludes(Extension):
    """For an environment whose templates don't change during its lifetime."""

    tags = {_TAG}  # noqa: RUF012  (as Jinja declares it)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._open: list[str] = []

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Turn a literal include into the tag parsed below; line numbers stay the same."""
        return _INCLUDE.sub(rf"\1{_TAG}\2", source)

    def parse(self, parser: Parser) -> nodes.Node:
        """The nodes of the named template; a recursive include stays one at run time."""
        lineno = next(parser.stream).lineno
        name = parser.stream.expect("string").value
        if name in self._open:
            return nodes.Include(nodes.Const(name), True, False, lineno=lineno)
        source, filename = _source(self.environment, name)
        self._open.append(name)
        try:
            return nodes.Scope(self.environment.parse(source, name, filename).body, lineno=lineno)
        finally:
            self._open.pop()


def compiled_in(environment: Environment, source: str, seen: frozenset[str] = frozenset()) -> str:
    """The concatenated sources of all templates compiled into this one, on which its byte code depends."""
    names = [match[4] for match in _INCLUDE.finditer(source) if match[4] not in seen]
    inner = [(name, _source(environment, name)[0]) for name in names]
    return "".join(text + compiled_in(environment, text, seen | {name}) for name, text in inner)


def _source(environment: Environment, name: str) -> tuple[str, str | None]:
    assert environment.loader
    source, filename, _ = environment.loader.get_source(environment, name)
    return source, filename
