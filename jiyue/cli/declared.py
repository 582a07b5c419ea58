"""Options and arguments declared without Typer, and the words of a call read by them.

Loading Typer takes as long as a build in which nothing changed. So a command whose parameters are all declared by what is
here can be called without it, as long as the call is plain; whatever is not (help, a slip, a spelling that only Click
knows) is Typer's, which gets the same declarations by `for_typer`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints


class Option(NamedTuple):
    """An option. name: as written, `--jobs`; least: of a number."""

    name: str
    help: str
    least: int | None = None


class Argument(NamedTuple):
    """The words that belong to no option, as many as there are."""

    help: str


def for_typer(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with what its annotations declare in Typer's own form."""
    import typer  # noqa: PLC0415  (not loading it is this module's purpose)

    def own(hint: Any) -> Any:
        match get_args(hint) if get_origin(hint) is Annotated else ():
            case (kind, Option(name, text, least)):
                return Annotated[kind, typer.Option(name, help=text, min=least)]
            case (kind, Argument(text)):
                return Annotated[kind, typer.Argument(help=text, show_default=False)]
        return hint

    same = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
    same.__doc__, same.__module__, same.__kwdefaults__ = function.__doc__, function.__module__, function.__kwdefaults__
    hints = get_type_hints(function, include_extras=True)
    same.__annotations__ = {name: own(hint) for name, hint in hints.items()}
    return same


def understood(function: Callable[..., Any], words: Sequence[str]) -> dict[str, Any] | None:
    """The arguments for a command called with these words, those that were given; None where only Typer can tell."""
    options: dict[str, tuple[str, Any, int | None]] = {}
    rest = ""
    for name, hint in get_type_hints(function, include_extras=True).items():
        match get_args(hint) if get_origin(hint) is Annotated else ():
            case (kind, Option(word, _, least)):
                options[word] = name, kind, least
            case (_, Argument()):
                rest = name
    given: dict[str, Any] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if word and word[0] != "-" and rest:
            given.setdefault(rest, []).append(word)
            continue
        option, equals, text = word.partition("=")
        name, kind, least = options.get(option, ("", None, None))
        if not equals and kind is not bool:
            text = left.pop(0) if left else ""
        value = _value(kind, least, equals + text if kind is bool else text)
        if name in given or value is None:
            return None
        given[name] = value
    return given


def _value(kind: Any, least: int | None, text: str) -> Any:
    """The value of an option, of a flag without any text; None where it may mean something else, or nothing."""
    if kind is bool:
        return None if text else True
    if kind is None or not text or text[0] == "-":
        return None
    if kind is int:
        return int(text) if text.isascii() and text.isdigit() and int(text) >= (least or 0) else None
    return text if kind is str else Path(text)
