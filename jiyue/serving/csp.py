"""Content-Security-Policy without `unsafe-inline`: what is inline on the pages is allowed by its digest alone."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from jiyue.diagnostics import Diagnostic, error

INLINE_CODE = error(
    "csp-inline",
    "页面含有内联事件或样式属性",
    "严格的内容安全策略会拦截 onclick=、style= 与 javascript:，页面将不能正常显示。",
)

BASE = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
_BLOCK = re.compile(rb"<(script|style)\b([^>]*)>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_TYPE = re.compile(rb"""\btype\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_SOURCE = re.compile(rb"\bsrc\s*=", re.IGNORECASE)
_MAY_RUN = re.compile(rb"[\s/\"'](?:on[a-z]+|style)\s*=|script\s*:", re.IGNORECASE)
"""Without it, no tag holds code; with it, the page is parsed, since a text may speak of `style=`."""
_SCHEME = re.compile(r"[\x00-\x20]*j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t\s*:", re.IGNORECASE)
_RUN = {b"", b"text/javascript", b"application/javascript", b"module", b"importmap", b"speculationrules"}


@dataclass(frozen=True, slots=True)
class Inline:
    """Digests ('sha256-…', sorted) of a site's inline scripts and styles."""

    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


def inline_of(tree: Path, site: str) -> tuple[Inline, list[Diagnostic]]:
    """What a document root's pages hold inline, and the pages that a strict policy would break."""
    scripts: set[str] = set()
    styles: set[str] = set()
    found: list[Diagnostic] = []
    for path in sorted(tree.rglob("*.html")):
        data = path.read_bytes()
        for tag, attributes, body in _BLOCK.findall(data):
            kind = _TYPE.search(attributes)
            if tag.lower() == b"style":
                styles.add(_digest(body))
            elif not _SOURCE.search(attributes) and (kind[1].lower() if kind else b"") in _RUN:
                scripts.add(_digest(body))
        broken = _first_with_code(data) if _MAY_RUN.search(_BLOCK.sub(b"", data)) else None
        if broken:
            line, text = broken
            name = path.relative_to(tree).as_posix()
            hint = "改用样式类和外部脚本文件。"
            found.append(INLINE_CODE.at(name, line, f"内联代码会被内容安全策略拦截：{text[:60]}", hint, site=site))
    return Inline(tuple(sorted(scripts)), tuple(sorted(styles))), found


class _Tags(HTMLParser):
    """Remembers the first tag with code in an attribute: its line and text."""

    first: tuple[int, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        coded = any(name == "style" or name.startswith("on") or _SCHEME.match(value or "") for name, value in attrs)
        if coded and self.first is None:
            self.first = self.getpos()[0], self.get_starttag_text() or tag


def _first_with_code(page: bytes) -> tuple[int, str] | None:
    tags = _Tags()
    tags.feed(page.decode("utf-8", "replace"))
    tags.close()
    return tags.first


def content_security_policy(inline: Inline, more: Mapping[str, str]) -> str:
    """The header's value; more replaces or adds directives."""
    rules = {**BASE, **more}
    for name, hashes in (("script-src", inline.scripts), ("style-src", inline.styles)):
        rules[name] = " ".join([rules[name], *(f"'{h}'" for h in hashes)])
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _digest(body: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(body).digest()).decode()
