"""Converts what Word, WPS and browsers put on the clipboard as HTML."""

from __future__ import annotations

from jiyue.importers import html
from jiyue.importers.word.converted import BadDocument, Converted


def convert_html(text: str) -> Converted:
    """Convert HTML of the clipboard, also with Windows' header before it. Raises BadDocument."""
    try:
        root = html.parse(text)
    except ValueError:
        raise BadDocument("剪贴板里没有可以读的内容", "重新复制一次，或者粘贴为纯文本。") from None
    return Converted(html.to_markdown(root, ""))
