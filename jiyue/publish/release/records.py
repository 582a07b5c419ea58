"""The records of a site's pages (`api/articles*.jsonl`), and their addresses as output paths."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit


def read_records(tree: Path) -> list[dict[str, Any]]:
    """The pages' records of a document root (`api/articles*.jsonl`), lines that can't be read left out."""
    records = []
    for path in sorted((tree / "api").glob("articles*.jsonl")):
        for line in path.read_bytes().splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict):
                records.append(row)
    return records


def local_url(url: str, base: str = "") -> str:
    """A record's url relative to the document root, "/" before it, decoded: `https://host/sub/a.html` → `/a.html`.

    base is the site's own url; its path is taken off.
    """
    path = unquote(urlsplit(urljoin("/", url)).path)
    prefix = unquote(urlsplit(base).path).rstrip("/")
    return path.removeprefix(prefix) if prefix and path.startswith(prefix + "/") else path


def file_of(url: str) -> str:
    """The output path that answers a local url: `/a/` → `a/index.html`."""
    return url.lstrip("/") + ("index.html" if url.endswith("/") else "")


def url_of(path: str) -> str:
    """The local url of an output path: `a/index.html` → `/a/`."""
    return "/" + (path.removesuffix("index.html") if path.rpartition("/")[2] == "index.html" else path)


def source_urls(rows: Iterable[Mapping[str, Any]], base: str) -> dict[str, Mapping[str, Any]]:
    """Source path → record."""
    return {str(r["source_path"]): {**r, "url": local_url(str(r["url"]), base)} for r in rows if _placed(r)}


def quoted_url(url: str) -> str:
    """A local url as it is written in pages."""
    return quote(url, safe="/~!$&'()*+,;=:@-._")


def _placed(row: Mapping[str, Any]) -> bool:
    return bool(row.get("source_path")) and bool(row.get("url"))
