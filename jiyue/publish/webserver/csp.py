"""Content-Security-Policy without `unsafe-inline`: inline code of the theme is allowed only by its digest.

The digests come from the theme's templates and never from the output, which the policy shall guard.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.patterns import pattern

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
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
_RUN = frozenset({"", "text/javascript", "application/javascript", "module", "importmap", "speculationrules"})
_SCHEME = pattern(r"[\x00-\x20]*j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t\s*:", re.IGNORECASE)
_TEMPLATE = pattern(r"\{[{%#]")
_SUSPICIOUS = pattern(
    r"""<style|<script(?![^>]*\ssrc=)(?!\s+type="application/ld\+json")|[\s/"'](?:on[a-z]+|style)\s*=|script\s*:""",
    re.IGNORECASE,
)
"""Matches every page with inline code, and few others: only those are parsed as HTML."""


@dataclass(frozen=True, slots=True)
class Inline:
    """Digests ('sha256-…', sorted) of the theme's inline scripts and styles."""

    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


class _Reader(HTMLParser):
    """The inline code of a page: blocks as (tag, text, line), and elements with code in an attribute as (text, line)."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.blocks: list[tuple[str, str, int]] = []
        self.attributes: list[tuple[str, int]] = []
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        line = self.getpos()[0]
        if tag == "style" or (tag == "script" and "src" not in given and (given.get("type") or "").lower() in _RUN):
            self._open = tag
            self.blocks.append((tag, "", line))
        if any(name == "style" or name.startswith("on") or _SCHEME.match(value or "") for name, value in attrs):
            self.attributes.append((self.get_starttag_text() or "", line))

    def handle_endtag(self, tag: str) -> None:
        self._open = "" if tag == self._open else self._open

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, text, line = self.blocks[-1]
            self.blocks[-1] = tag, text + data, line


def theme_inline(theme: Path) -> tuple[Inline, list[Diagnostic]]:
    """The inline code of a theme's templates: nothing else is allowed, whatever an output contains.

    Inline code with template variables differs from page to page, so no digest can allow it: each is a diagnostic.
    """
    allowed: dict[str, set[str]] = {"script": set(), "style": set()}
    diagnostics = []
    for path in sorted((theme / "templates").rglob("*.html")):
        text = path.read_text("utf-8")
        for tag, body, line in _Reader(text).blocks if _SUSPICIOUS.search(text) else ():
            if _TEMPLATE.search(body):
                name = path.relative_to(theme.parent.parent).as_posix()
                hint = "改为外部文件，数据写在 data- 属性里。"
                diagnostics.append(
                    INLINE_CODE.at(name, line, f"<{tag}> 的内容由模板填写，无法事先登记，会被拦截。", hint)
                )
            else:
                allowed[tag].add(_digest(body))
    return Inline(tuple(sorted(allowed["script"])), tuple(sorted(allowed["style"]))), diagnostics


def foreign_inline(tree: Path, site: str, allowed: Inline) -> list[Diagnostic]:
    """Inline code on a document root's pages that the policy blocks: the first of each page."""
    diagnostics: list[Diagnostic] = []
    known = {*allowed.scripts, *allowed.styles}
    for path in sorted(tree.rglob("*.html")):
        text = path.read_bytes().decode("utf-8", "replace")
        if not _SUSPICIOUS.search(text):
            continue
        page = _Reader(text)
        blocked = [(f"<{tag}>{body}", line) for tag, body, line in page.blocks if _digest(body) not in known]
        for shown, line in sorted((*blocked, *page.attributes), key=lambda each: each[1])[:1]:
            message = f"内联代码会被内容安全策略拦截：{shown[:60]}"
            hint = "改用样式类和外部脚本文件。页面不是这样生成的，就是被人改动了：运行 jiyue verify 核对。"
            diagnostics.append(INLINE_CODE.at(path.relative_to(tree).as_posix(), line, message, hint, site=site))
    return diagnostics


def content_security_policy(inline: Inline, more: Mapping[str, str]) -> str:
    """The header's value; more replaces or adds directives."""
    rules = {**BASE, **more}
    for name, hashes in (("script-src", inline.scripts), ("style-src", inline.styles)):
        rules[name] = " ".join([rules[name], *(f"'{h}'" for h in hashes)])
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _digest(body: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
