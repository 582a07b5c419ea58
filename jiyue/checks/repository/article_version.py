"""One version of an article's file, reduced to what review needs: its records, and what an approval covers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jiyue.base.clock import parse_date
from jiyue.base.encoding import NotUtf8, decode
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.references import local_path, references
from jiyue.registry.site import REVIEW_STEPS

UNBOUND = frozenset({"review", "withdraw"})
"""Front matter fields that an approval does not cover: the records themselves, and withdrawal."""
OF_THE_DESK = frozenset(
    [
        "aliases",
        "author",
        "date",
        "emergency",
        "expires",
        "id",
        "keywords",
        "mandatory",
        "pinned",
        "publish_at",
        "push_down",
        "report_up",
        "slug",
        "source",
        "status",
        "updated",
    ]
)
"""Fields that an approver may set without counting as a writer of the text."""


@dataclass(frozen=True)
class Version:
    """A version of a file. records: step -> record as written; text: a digest of what an approval covers.

    lines: the lines of the visible text; referred: addresses of the site's files; withdrawn: since when, '' if not;
    title: title and date, '' if one is missing; body: a digest of its letters and digits alone.
    """

    records: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    lines: frozenset[str] = frozenset()
    referred: tuple[str, ...] = ()
    withdrawn: str = ""
    title: str = ""
    body: str = ""

    @classmethod
    def of(cls, data: bytes) -> Version:
        """Parse a file's bytes. A file that is not an article has neither records nor lines."""
        try:
            head = split(decode(data))
        except (NotUtf8, NoFrontMatter):
            return cls(text=sha256(data))
        values = head.values
        review = values.get("review")
        records = review if isinstance(review, dict) else {}
        covered = {str(key): value for key, value in values.items() if key not in UNBOUND}
        lines = {line for line in map(str.strip, head.body.split("\n")) if line}
        lines |= {to_json([key, value]) for key, value in covered.items() if key not in OF_THE_DESK and value}
        given = values.get("video")
        video: dict[str, Any] = given if isinstance(given, dict) else {}
        named = references(head.body, values)
        referred = [*named.get("pictures", ()), *(a for a, _ in named.get("files", ())), *named.get("others", ())]
        referred += [str(video[key]) for key in ("src", "captions") if video.get(key)]
        letters = "".join(c for c in head.body if c.isalnum())
        return cls(
            {step: to_json(records[step]) for step in REVIEW_STEPS if records.get(step)},
            sha256(to_json([covered, head.body])),
            frozenset(lines),
            tuple(dict.fromkeys(referred)),
            _withdrawn(values.get("withdraw")),
            to_json([values["title"], values["date"]]) if values.get("title") and values.get("date") else "",
            sha256(letters) if letters else "",
        )

    @classmethod
    def of_alert(cls, data: bytes) -> Version:
        """Parse an alert's bytes: its YAML is what the front matter of an article is."""
        return cls.of(b"---\n" + data + b"\n---\n")

    def is_like(self, other: Version) -> bool:
        """Whether two versions are the same article: equal letters, equal title and date, or 90 % of lines in common."""
        if (self.body and self.body == other.body) or (self.title and self.title == other.title):
            return True
        few, many = sorted((len(self.lines), len(other.lines)))
        return 10 * few >= 9 * many > 0 and 10 * len(self.lines & other.lines) >= 9 * len(self.lines | other.lines)


def _withdrawn(value: object) -> str:
    at = value.get("at") if isinstance(value, dict) else None
    return (parse_date(str(at)) or "0000-00-00") if value else ""


def files_of(folder: str, version: Version) -> Iterator[tuple[str, str]]:
    """(address, path relative to the site's) of each file that a version in `folder` refers to."""
    for address in version.referred:
        path = local_path(folder, address)
        if path:
            yield address, path


def to_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    except TypeError:  # keys of more than one kind
        return repr(value)


def sha256(data: str | bytes) -> str:
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")).hexdigest()
