"""Synced articles on disk: recognizing, writing and updating them. All that is remembered of them stands in the articles."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

from jiyue.base import clock
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.git import Git, GitError
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.scaffold import review_rows
from jiyue.upstream.items import canonical

if TYPE_CHECKING:
    from jiyue.registry.site import Site
    from jiyue.upstream.sources import Source

_YAML: dict[str, Any] = {"allow_unicode": True, "sort_keys": False, "width": 10**6}
_NOT_CONTENT = re.compile(r"(?:synced|date|status|updated):")
_MARKS = (b"\nsynced:", b"\nrepost_of:")
_HEAD = 16_384
"""Bytes of an article in which its front matter says whether it is a repost."""


@dataclass(frozen=True)
class Draft:
    """An article to be written. origin: who published it there; source: whom the page names as its source.

    at: when it was fetched; published: its origin's time, both in Beijing, naive.
    fields: those of an official document; claimed: the origin's time where that lies in the future, None otherwise. key: its
    guid or address.
    """

    title: str
    origin: str
    source: str
    url: str
    key: str
    published: datetime
    claimed: datetime | None
    at: datetime
    sha256: str
    share: float
    body: str
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The name of its file: the origin's day, and a hash of its key, so that it has one name only."""
        return f"{self.published:%Y%m%d}-{name_of(self.key)}"


def name_of(key: str) -> str:
    """The part of a file's name that stays the same whatever else changes."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]


@dataclass(frozen=True)
class Present:
    """A repost in the repository. path: below the cluster's root; keys: address and guid; by: its source, '' if by hand."""

    path: Path
    keys: frozenset[str]
    values: Mapping[str, Any]
    text: str
    by: str = ""
    synced: Mapping[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the original."""
        return str(self.values.get("repost_of", {}).get("url", ""))

    @property
    def is_edited(self) -> bool:
        """Whether somebody changed it since it was written."""
        return fingerprint(self.text) != self.synced.get("text")

    @property
    def is_draft(self) -> bool:
        """Whether it is not public yet."""
        return str(self.values.get("status", "")).strip().lower() == "draft"


def present(root: Path, site: str) -> Iterator[Present]:
    """The reposts of a site, whoever wrote them and wherever they were moved."""
    for folder, _, names in os.walk(root / "content" / site):
        for name in sorted(names):
            if name.endswith(".md") and (found := _present(Path(folder) / name)):
                yield found


def _present(path: Path) -> Present | None:
    try:
        with path.open("rb") as handle:
            head = handle.read(_HEAD)
            if not any(mark in head for mark in _MARKS):
                return None
            text = decode(head + handle.read())
        values = split(text).values
    except (OSError, NotUtf8, NoFrontMatter):
        return None
    origin, synced = values.get("repost_of"), values.get("synced")
    url = str(origin.get("url", "")) if isinstance(origin, dict) else ""
    synced = synced if isinstance(synced, dict) else {}
    keys = {key for key in (canonical(url), str(synced.get("item") or "")) if key}
    clean = {**values, "repost_of": origin if isinstance(origin, dict) else {}}
    return Present(path, frozenset(keys), clean, text, str(synced.get("by") or ""), synced)


def deleted_names(root: Path, folder: str) -> frozenset[str]:
    """The names of files that were once committed in a folder and deleted: what an office did not want is not made again."""
    try:
        with Git(root) as git:
            return frozenset(PurePosixPath(touch.path).stem for touch in git.touches("HEAD", folder) if not touch.new)
    except GitError:
        return frozenset()


def render(draft: Draft, source: Source, site: Site, *, status: str, date: str, updated: str = "") -> str:
    """The article's file. status: draft or published; date, updated: as they stand in the front matter."""
    file = source.file
    origin: dict[str, Any] = {"name": draft.origin, "url": draft.url, "published": _day(draft.published)}
    head = [
        _row("title", draft.title),
        f"date: {date}",
        *(["status: draft"] if status == "draft" else []),
        *([f"updated: {updated}"] if updated else []),
        _row("source", draft.source),
        *(["kind: document"] if file.kind == "document" else []),
        *(_row(key, value) for key, value in draft.fields.items()),
        *([_row("push_down", list(file.push_down))] if file.push_down else []),
        _row("repost_of", origin),
    ]
    review = review_rows(site, file.column, f"{draft.at:%Y-%m-%d %H:%M}")
    body = f"---\n\n{draft.body}\n"
    synced = {
        "by": source.id,
        "at": f"{draft.at:%Y-%m-%d %H:%M}",
        "sha256": draft.sha256,
        "share": float(f"{draft.share:.3f}"),
        **({"licence": file.licence} if file.licence else {}),
        **({"item": draft.key} if draft.key != draft.url else {}),
        **({"claimed": f"{draft.claimed:%Y-%m-%d %H:%M}"} if draft.claimed else {}),
        "text": fingerprint("\n".join(["---", *head, *review, body])),
    }
    return "\n".join(["---", *head, _row("synced", synced), *review, body])


def fingerprint(text: str) -> str:
    """The digest of an article's file without what does not come from its origin: date, status, this record itself."""
    head, end, body = text.replace("\r\n", "\n").removeprefix("---\n").partition("\n---\n")
    lines = [line for line in head.split("\n") if not _NOT_CONTENT.match(line)]
    return hashlib.sha256("\n".join([*lines, end, body]).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write(path: Path, text: str, files: Mapping[str, bytes]) -> None:
    """Write an article after the files beside it; each is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for name, data in [*files.items(), (path.name, text.encode())]:
        part = path.with_name(f".{name}.part")  # hidden: an interrupted sync leaves nothing that would be published
        part.write_bytes(data)
        part.replace(path.with_name(name))


def written_at(one: Present) -> datetime | None:
    """When a synced article was fetched."""
    moment = clock.parse_date(str(one.synced.get("at", "")))
    return datetime.fromisoformat(moment) if moment else None


def _day(time: datetime) -> str:
    """A time in front matter: the day alone where no more is known."""
    return f"{time:%Y-%m-%d}" if (time.hour, time.minute) == (0, 0) else f"{time:%Y-%m-%d %H:%M}"


def _row(key: str, value: Any) -> str:
    """One line of front matter, whatever lines a text has."""
    if isinstance(value, dict):
        value = {name: " ".join(one.split()) if isinstance(one, str) else one for name, one in value.items()}
    if isinstance(value, (dict, list)):
        return f"{key}: {str(yaml.safe_dump(value, default_flow_style=True, **_YAML)).strip()}"
    return str(yaml.safe_dump({key: value}, **_YAML)).strip()
