"""Open data: `api/`, the site as static JSON for machines (国办函〔2018〕71号 统一信息资源库; upward reporting).

site.json is the overview, columns.json has the columns, articles-<year>.jsonl one record per
page, texts-<year>.jsonl the texts of what is more than news. Their schema,
jiyue_plugins/opendata.schema.json, is published with them. A client can rebuild every column's list from these files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from jiyue.base.verified_read import digest
from jiyue.catalogue.linked import LINKED
from jiyue.catalogue.phases import phase
from jiyue.catalogue.references import REFERENCES, local_path, plain
from jiyue.registry.site import Column
from jiyue.render.pages.cards import duty
from jiyue.render.pages.jsonld import pictures
from jiyue.render.pages.page import File
from jiyue.render.pages.plainjson import members
from jiyue.render.pages.signals import site_pages, text_pages
from jiyue.render.pages.view import Entry, SiteView
from jiyue_plugins import letters
from jiyue_plugins.feedtext import full_text
from jiyue_plugins.links import complete, data_files

FORMAT = 1
SCHEMA = Path(__file__).with_name("opendata.schema.json")

NOT_SHOWN = frozenset(
    {
        "review",
        "withdraw",
        "migrated",
        "aliases",
        "translation_of",
        "validity",
        "pinned",
        "poster",
        "respelled",
        "mandatory",
        *REFERENCES,
    }
)
"""What of an article's fields is not copied: what the public is not shown, and what a record says in another way."""
_ADDRESSES = frozenset({"picture", "opinions_file", "file", "src", "poster", "captions"})
"""Fields, also inside others, that hold the address of a file."""

FACTS = ("site_id_code", "domain", "sponsor", "operator", "contact", "icp", "police_no")


def pages(view: SiteView) -> Iterator[File]:
    """One shard per year, so that an edit changes one small file, and the files that list them.

    Where only texts changed, the shards of all years but theirs are those of the last build.
    """
    years: dict[str, list[Entry]] = {}
    base = view.site.url + "/"
    for entry in view.all_entries:
        years.setdefault(entry.article.date[:4] or "undated", []).append(entry)
    shards = []
    for year, entries in sorted(years.items()):
        path = f"api/articles-{year}.jsonl"
        same = view.edited and view.edited.isdisjoint(entry.article.source_path for entry in entries)
        kept = view.last(path) if same else None
        if kept is None:
            file = _file(path, "".join(f"{{{members(record(view, entry))}}}\n" for entry in entries))
            yield file
        shards.append({"url": base + path, "records": len(entries), "digest": digest(kept) if kept else file.digest})
    texts = list(_texts(view))
    yield from texts
    tables = list(letters.tables(view))
    yield from tables
    listed = {"texts": [base + file.path for file in texts], "letters": [base + file.path for file in tables]}
    yield _file("api/site.json", _pretty(site_record(view, shards, listed)))
    yield _file("api/columns.json", _pretty(columns_record(view)))
    yield _file("api/schema.json", schema())
    if view.job.cluster_pages:
        yield _file("api/cluster.json", _pretty(cluster_record(view)))


def _texts(view: SiteView) -> Iterator[File]:
    """`api/texts-<year>.jsonl`: the texts of what is more than news, as HTML; made only where one of the year changed.

    Those of a ledger's letters are in the tables of letters.
    """
    years: dict[str, list[Entry]] = {}
    for entry in view.all_entries:
        if entry.article.kind not in ("news", "page") and not entry.pushed and ":" not in entry.article.source_path:
            years.setdefault(entry.article.date[:4], []).append(entry)
    for year, entries in sorted(years.items()):
        keys = [(e.article.id, e.article.digest, view.links(e), data_files(view, e)) for e in entries]
        made_of = digest(repr(keys).encode("utf-8", "surrogatepass"))
        yield File(f"api/texts-{year}.jsonl", made_of, partial(_text_lines, view, entries))


def _text_lines(view: SiteView, entries: list[Entry]) -> bytes:
    lines = [{"id": entry.article.id, "html": full_text(view, entry)} for entry in entries]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def record(view: SiteView, entry: Entry) -> dict[str, Any]:
    """One article, by the field names of the exchange record. `origin` is the canonical address if it is not `url`."""
    article, pushed = entry.article, entry.pushed
    url = view.url(entry.path)
    data: dict[str, Any] = {
        "id": article.id,
        "url": url,
        "title": article.title,
        "date": article.date,
        "updated": article.updated,
        "column": entry.column,
        "kind": article.kind,
        "source": view.source(entry),
        "source_path": article.source_path,
        "digest": article.digest,
    }
    if article.author:
        data["author"] = article.author
    if article.summary:
        data["summary"] = article.summary
    if entry.path in view.editions and not pushed:
        data["editions"] = [{"lang": lang, "url": view.url(path)} for lang, path in view.editions[entry.path].items()]
    extra = article.extra
    if validity := view.documents.validity(article.source_path):
        data["validity"] = validity
    if pushed or extra:
        canonical = view.canonical(entry)
        if canonical != url:
            data["origin"] = canonical
        if "pinned" in extra:
            data["pinned"] = True
        data |= {key: _public(view, entry, key, value) for key, value in extra.items() if key not in NOT_SHOWN}
        if state := phase(article, view.job.now):
            data["state"] = state
        if "pictures" in extra:
            data["images"] = pictures(view, entry)
        if ("files" in extra or "data_files" in extra) and not pushed:
            data["attachments"] = _attachments(view, entry)
    return data


def _public(view: SiteView, entry: Entry, key: str, value: Any) -> Any:
    """A field as it was written, with complete addresses; '' for one that leads nowhere (now)."""
    if key in LINKED:
        return [_link(view, entry, one) for one in value]
    if key in _ADDRESSES and isinstance(value, str):
        return complete(view, entry, value)
    if isinstance(value, dict):
        return {name: _public(view, entry, name, one) for name, one in value.items()}
    if isinstance(value, list):
        return [_public(view, entry, "", one) for one in value]
    return value


def _link(view: SiteView, entry: Entry, one: dict[str, str]) -> dict[str, Any]:
    """A link of the front matter; a file of this site with size and digest."""
    address = complete(view, entry, one.get("url", ""))
    found: dict[str, Any] = {"name": one["name"], "url": address}
    file = (
        None
        if entry.pushed or not address
        else view.attachment_by_path.get(local_path(entry.folder, plain(one["url"])))
    )
    return {**found, "size": file.size, "digest": file.digest} if file else found


def _attachments(view: SiteView, entry: Entry) -> list[dict[str, Any]]:
    """The files of this site that the text links to or takes data from, with size and digest for verifying copies."""
    extra, rows = entry.article.extra, []
    names: dict[str, str] = dict(extra.get("files", ()))
    for address in extra.get("data_files", ()):
        names.setdefault(address, address.rpartition("/")[2])
    for address, name in names.items():
        file = view.attachment_by_path.get(local_path(entry.folder, address))
        if file:
            rows.append({"name": name, "url": view.url(file.path), "size": file.size, "digest": file.digest})
    return rows


def site_record(view: SiteView, shards: list[dict[str, Any]], listed: dict[str, list[str]]) -> dict[str, Any]:
    """`api/site.json`. listed: kind of further files -> their addresses."""
    site, job = view.site, view.job
    above = job.superiors[0] if job.superiors else None
    return {
        "format": FORMAT,
        "id": site.id,
        "name": site.name,
        "short": site.short,
        "kind": site.kind,
        "url": site.url + "/",
        "superior": {"id": above.id, "name": above.name, "url": above.url + "/"} if above else None,
        **{key: site.facts[key] for key in FACTS},
        "schema": view.url("api/schema.json"),
        "columns": view.url("api/columns.json"),
        "articles": shards,
        **listed,
    }


def columns_record(view: SiteView) -> list[dict[str, Any]]:
    """`api/columns.json`: the columns with articles, in menu order."""
    return [
        {
            "path": column.path, "name": column.name, "type": column.type, "url": view.url(f"{column.path}/index.html"),
            "owner": column.owner, "contact": duty(view, column)["contact"],
            "description": column.description, "keywords": list(column.keywords),
            "channel": column.channel, "max_age_days": column.max_age_days, "articles": len(view.entries.get(column.path, ())),
        }
        | _gathered(view, column)
        for column in view.columns
    ]  # fmt: skip


def _gathered(view: SiteView, column: Column) -> dict[str, Any]:
    """What the list of a topic has of other sites, whose own data have the articles; {} for all other columns."""
    rows = [one._asdict() for one in view.gathered(column.path)]
    return {"gathered": [{key: row[key] for key in ("title", "url", "date", "site")} for row in rows]} if rows else {}


def cluster_record(view: SiteView) -> dict[str, Any]:
    """`api/cluster.json` in the root site's tree: the entry point of each site's data."""
    sites = view.job.members or (view.site,)
    listed = [{"id": s.id, "name": s.name, "url": s.url + "/", "site": s.url + "/api/site.json"} for s in sites]
    return {"format": FORMAT, "name": view.job.cluster.name, "sites": listed}


@cache
def schema() -> str:
    """The published JSON Schema (2020-12)."""
    return SCHEMA.read_text("utf-8")


def _pretty(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _file(path: str, text: str) -> File:
    data = text.encode()
    return File(path, digest(data), lambda: data)


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
    text_pages.connect(pages)
