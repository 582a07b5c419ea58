"""`_("…")` in templates, replaced by its translation when the template is compiled, so that pages pay nothing for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from jinja2.exceptions import TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from jiyue.render.theme.translations import words


@lru_cache(maxsize=16)
def translated(theme: Path, language: str) -> type[Extension]:
    """The Jinja extension for an environment in that language."""

    class Translated(Extension):
        def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
            known = words(theme, language)
            for token in stream:
                if (token.type, token.value) != ("name", "_"):
                    yield token
                    continue
                opening, text, closing = (next(stream) for _ in range(3))
                if (opening.type, text.type, closing.type) != ("lparen", "string", "rparen"):
                    raise TemplateSyntaxError("_() takes one literal text", token.lineno, stream.name, stream.filename)
                yield Token(text.lineno, "string", known(text.value))

    return Translated
