"""Generated pages: redirects for hosts without a server configuration, error pages of removed sites."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from jiyue.registry.url_ledger import Answers

_PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>网址已变更</title><meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url={to}"><link rel="canonical" href="{to}"></head>
<body><p>网址已变更，请访问 <a href="{to}">{shown}</a>。</p></body></html>
"""

_COMPLETE = "/~!&'()*+,;=:@-._?#%[]"
_REMOVED = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>网站已撤销</title><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><h1>网站已撤销</h1><p>您访问的网站已经撤销，网页不再提供。请前往 <a href="{url}">{name}</a>。</p></body></html>
"""


def write_removed_site(folder: Path, name: str, url: str) -> None:
    """The document root of removed sites: error pages that lead to the cluster's root site."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in ("404.html", "410.html"):
        (folder / page).write_text(_REMOVED.format(url=html.escape(url), name=html.escape(name)), "utf-8")


class Stub(NamedTuple):
    """A page at a moved address. path: of its file; to: its complete target."""

    path: str
    to: str
    data: bytes


def stub_pages(url: str, answers: Answers, files: Collection[str]) -> Iterator[Stub]:
    """Pages at the moved addresses of a host without redirects of its own, where none of the files is. url: the site's.

    An address with a query can't have one: such a host doesn't look at it.
    """
    for old, to in answers.redirects.items():
        path = old.lstrip("/") + ("index.html" if old.endswith("/") else "")
        if old.startswith("//") or "?" in old or path in files:
            continue
        target = quote(to, safe=_COMPLETE) if urlsplit(to).scheme else url.rstrip("/") + quote(to)
        yield Stub(path, target, _PAGE.format(to=html.escape(target), shown=html.escape(to)).encode())


def stubs(tree: Path, url: str, answers: Answers) -> list[str]:
    """Write a page at every moved address that has no file; the paths written. What is gone answers 404 there.

    Only where a static host serves the name as a page.
    """
    made = []
    for path, _, data in stub_pages(url, answers, ()):
        if path.endswith((".html", ".htm", ".shtml")) and not (tree / path).exists():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(data)
            made.append(path)
    return made
