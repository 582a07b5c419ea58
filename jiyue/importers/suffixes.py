"""Which pictures and attachments of other sites may lie beside an article, by what they are and not only by their names."""

from __future__ import annotations

import re

from jiyue.catalogue.scan import ATTACHMENT_TYPES

_PICTURES = (
    (re.compile(rb"\xff\xd8\xff"), "jpg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp"),
    (re.compile(rb"....ftypavif", re.DOTALL), "avif"),
)
SHOWN = frozenset({"jpg", "jpeg", "png", "gif", "webp", "avif"})
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml)", re.IGNORECASE)
_TEXTS = frozenset({"txt", "csv", "json", "yaml", "yml", "vtt"})


def stored_suffix(head: bytes, suffix: str, *, picture: bool) -> str:
    """The suffix under which a file is kept, '' if it is not what it claims to be or no page may have it.

    head: its first bytes, 512 or more of them; suffix: of its name, without the dot; picture: a page shows it.
    """
    kind = next((name for begins, name in _PICTURES if begins.match(head)), "")
    if picture or suffix in SHOWN:
        return kind
    if suffix not in ATTACHMENT_TYPES or not head or (_PAGE.match(head) and suffix not in _TEXTS):
        return ""
    return suffix
