"""Open data: `api/articles-<year>.jsonl`, one record a page, for machines (国办函〔2018〕71号 统一信息资源库)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from jiyue.site.page import File
from jiyue.site.signals import site_pages
from jiyue.site.view import Entry, SiteView


def pages(view: SiteView) -> Iterator[File]:
    """A shard a year, so that an edit touches one small file."""
    years: dict[str, list[str]] = {}
    for entry in view.all_entries:
        line = json.dumps(record(view, entry), ensure_ascii=False, separators=(",", ":"))
        years.setdefault(entry.article.date[:4], []).append(line)
    for year, lines in sorted(years.items()):
        data = ("\n".join(lines) + "\n").encode()
        digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        yield File(f"api/articles-{year}.jsonl", digest, lambda data=data: data)  # type: ignore[misc]


def record(view: SiteView, entry: Entry) -> dict[str, Any]:
    """One article, by the field names of the exchange record; a pushed one names its origin's address."""
    article = entry.article
    data: dict[str, Any] = {
        "id": article.id,
        "url": view.url(entry.path),
        "title": article.title,
        "date": article.date,
        "updated": article.updated,
        "column": entry.column,
        "kind": article.kind,
        "source": article.source,
        "source_path": article.source_path,
        "digest": article.digest,
    }
    if entry.pushed:
        data["origin"] = view.canonical(entry)
    for key in ("doc_number", "index_no", "issuer", "validity"):
        if key in article.extra:
            data[key] = article.extra[key]
    return data


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
