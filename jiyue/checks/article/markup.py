"""Sanitizes raw HTML in Markdown, with a fast test for articles that have none.

nh3 (ammonia) works on a parsed tree; this module declares what is allowed. Classes and ids stay, so that footnotes,
admonitions, code and anchors keep working. Styles are removed, since the pages' CSP forbids them; the alignment of table
cells becomes a class.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import nh3

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.base.patterns import pattern
from jiyue.catalogue.dialect import EMPTIED, TAGS
from jiyue.checks.text.model import Text

REMOVED = warning(
    "markup-removed",
    "正文里的 HTML 会被去掉",
    "脚本、框架、事件属性和 javascript: 地址会运行别人的程序，外站图片会泄露读者的访问，发布时一律去掉。",
    "国办秘函〔2019〕19号 单项否决第1项（安全事故）；《中华人民共和国网络安全法》",
)
RULES = (REMOVED,)

_EVERY = {
    "class",
    "id",
    "title",
    "lang",
    "dir",
    "role",
    "aria-label",
    "aria-hidden",
    "aria-describedby",
    "aria-labelledby",
}
ATTRIBUTES: dict[str, set[str]] = {
    "*": _EVERY | {"style"},
    "a": {"href", "name", "hreflang", "type", "download"},
    "img": {"src", "alt", "width", "height", "loading", "decoding"},
    "source": {"src", "type", "media", "width", "height"},
    "track": {"src", "kind", "label", "srclang", "default"},
    "video": {"src", "poster", "width", "height", "controls", "preload", "muted", "loop", "playsinline"},
    "audio": {"src", "controls", "preload", "muted", "loop"},
    "td": {"colspan", "rowspan", "headers", "align", "valign"},
    "th": {"colspan", "rowspan", "headers", "scope", "abbr", "align", "valign"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "del": {"datetime", "cite"},
    "ins": {"datetime", "cite"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "time": {"datetime"},
    "data": {"value"},
    "details": {"open"},
}
SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_FETCHED = frozenset({"src", "poster"})
_ELSEWHERE = pattern(r"[\x00-\x20]*(?:[a-zA-Z][a-zA-Z0-9+.\-]*:|[/\\]\s*[/\\])")


def _keep(tag: str, name: str, value: str) -> str | None:
    """Drop addresses on other hosts that a browser loads automatically: they would reveal each reader to that host."""
    return None if name in _FETCHED and _ELSEWHERE.match(value) else value


@functools.cache
def _cleaner() -> Any:

    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(EMPTIED),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        filter_style_properties={"text-align"},
        attribute_filter=_keep,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def sanitize(html: str) -> str:
    """HTML reduced to the elements and attributes declared above. Idempotent. Never raises."""
    return aligned(_cleaner().clean(html))


_CELL = pattern(
    r"""<(t[dh])((?:\s+[a-zA-Z-]+="[^"]*")*?)\s+style="text-align:\s*(left|center|right);?"((?:\s+[a-zA-Z-]+="[^"]*")*)>"""
)
_STYLE = pattern(r"""(<[a-zA-Z][a-zA-Z0-9]*(?:\s+[a-zA-Z-]+="[^"]*")*?)\s+style="[^"]*\"""")
_CLASS = pattern(r'(\sclass=")')


def aligned(html: str) -> str:
    """Turn the alignment of table cells into classes (`align-left`, `-center`, `-right`) and remove all styles.

    Only for the output of Markdown or nh3, not for HTML of unknown origin.
    """
    if "style=" not in html:
        return html
    return _STYLE.sub(r"\1", _CELL.sub(_as_class, html))


def _as_class(cell: re.Match[str]) -> str:
    tag, before, side, after = cell.groups()
    rest = before + after
    if _CLASS.search(rest):
        return "<" + tag + _CLASS.sub(rf"\g<1>align-{side} ", rest, count=1) + ">"
    return f'<{tag}{rest} class="align-{side}">'


# A tag, an attribute list, an entity, or a possible forbidden scheme. A browser ignores white space and control
# characters inside a scheme, but letters and a colon must be there.
_SUSPICIOUS = pattern(
    r"[<&{:](?:(?<=<)|(?<=&)[#a-zA-Z]|(?<=\{)(?::|[^}\n]*=)|(?<=[a-zA-Z0-9+.\-\\\x00-\x20]:)(?<!(?<![\w+.\-])http:)(?<!(?<![\w+.\-])https:)(?<!(?<![\w+.\-])mailto:)(?<!(?<![\w+.\-])tel:)(?<![^a-zA-Z+.\-]\d:)(?<![^a-zA-Z+.\-]\d\d:))"
)


def needs_sanitizing(source: str) -> bool:
    """Whether sanitize() may change a text's HTML: raw HTML, attributes, an unusual address, a picture on another host.

    False is certain; True means that the HTML must be sanitized. Takes a few µs.
    """
    return _SUSPICIOUS.search(source) is not None or ("![" in source and "//" in source)


def clean(source: str, html: str) -> str:
    """Sanitize the HTML that Markdown made from source; skips parsing if source can't contain anything to remove."""
    return sanitize(html) if needs_sanitizing(source) else aligned(html)


_DANGEROUS = pattern(
    r"<\s*(?P<tag>script|iframe|object|embed|applet|form|input|button|textarea|select|link|meta|base|svg|math|style|frame|frameset|template|marquee)\b"
    r"|<[a-zA-Z][^<>]*?[\s/\"'](?P<event>on[a-z]{3,})\s*="
    r"|(?:\]\s*\(|\]:|=)\s*[<\"']?\s*(?P<scheme>(?:java|vb|live)script|data)\s*:"
    r"|(?P<far>!\[[^\[\]\n]{0,300}\]\(\s*<?(?:https?:)?//|<(?:img|video|audio|source)\b[^<>]*\b(?:src|poster)\s*=\s*[\"']?(?:https?:)?//)",
    re.I,
)
_MAY_GO = tuple(pattern(rf"{start}\s*[<\"']?\s*(?i:java|vb|live|data)") for start in (r"\](?:\s*\(|:)", "="))
"""Without a match, tags, code and pictures with addresses a text has nothing that is removed."""
_CODE = pattern(r"(?ms)^(?P<fence>```+|~~~+).*?^(?P=fence)|`[^`\n]+`")


def find(text: Text) -> list[Diagnostic]:
    """Findings for markup that will be removed from the page. Ignores code blocks and code spans."""
    source = text.text
    may_go = "<" in source or "`" in source or ("![" in source and "//" in source)
    if not may_go and not any(start.search(source) for start in _MAY_GO):
        return []
    body = _CODE.sub(lambda code: re.sub(r"\S", " ", code[0]), source)
    findings = []
    for match in _DANGEROUS.finditer(body):
        what = _label(match)
        findings.append(
            text.at(
                REMOVED,
                match.start(),
                f"{what}会在发布时去掉",
                "删去它；图片和视频下载后放在稿件旁边，外部内容用普通链接",
            )
        )
    return findings


def _label(match: re.Match[str]) -> str:
    if match["tag"]:
        return f"元素 <{match['tag'].lower()}>"
    if match["event"]:
        return f"事件属性 {match['event'].lower()}"
    return "别的网站上的图片或者音视频" if match["far"] else f"{match['scheme'].lower()}: 地址"
