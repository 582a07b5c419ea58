"""Two steps that every expression of a template takes, without Jinja's detours; what comes out is the same.

Jinja escapes into a `Markup` object each time, though all that is done with it is to join it to the page; and it asks
a dictionary for an attribute, which raises an error inside, before it asks for the key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, Template
from jinja2.ext import Extension
from markupsafe import Markup, escape

from jiyue.base.patterns import pattern

if TYPE_CHECKING:
    from types import CodeType

_SPECIAL = pattern("[&<>'\"]")
_METHODS = frozenset(dir(dict))
_MISSING = object()


class Direct(Extension):
    """For an environment of our templates."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.template_class = _Template
        environment.getattr = _members(environment.getattr)  # type: ignore[method-assign, assignment]


class _Template(Template):
    @classmethod
    def from_code(cls, environment: Environment, code: CodeType, *args: Any, **more: Any) -> Template:
        template = super().from_code(environment, code, *args, **more)
        # compiled templates name this function where they put a value into the page, and nowhere else
        template.root_render_func.__globals__["escape"] = _escaped
        return template


def _escaped(value: Any, special: Callable[[str], Any] = _SPECIAL.search) -> str:
    """As markupsafe.escape, as text."""
    if type(value) is str:
        return escape(value) if special(value) else value
    return value if type(value) is Markup else escape(value)


def _members(usual: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def member(obj: Any, name: str) -> Any:
        if type(obj) is dict and name not in _METHODS:
            value = obj.get(name, _MISSING)
            if value is not _MISSING:
                return value
        return usual(obj, name)

    return member
