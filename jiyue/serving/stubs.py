"""Redirects for hosts that take no configuration: small pages that send the reader on, at the old addresses."""

from __future__ import annotations

import html
from pathlib import Path
from urllib.parse import quote, urlsplit

from jiyue.ledger import Answers

_PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>网址已变更</title><meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url={to}"><link rel="canonical" href="{to}"></head>
<body><p>网址已变更，请访问 <a href="{to}">{shown}</a>。</p></body></html>
"""


def stubs(tree: Path, url: str, answers: Answers) -> list[str]:
    """Write a page at every moved address that has no file; the paths written. What is gone answers 404 there."""
    made = []
    for old, to in answers.redirects.items():
        path = old.lstrip("/") + ("index.html" if old.endswith("/") else "")
        if not path.endswith(".html") or (tree / path).exists():
            continue
        target = to if urlsplit(to).scheme else url.rstrip("/") + quote(to)
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(_PAGE.format(to=html.escape(target), shown=html.escape(to)), "utf-8")
        made.append(path)
    return made
