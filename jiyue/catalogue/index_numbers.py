"""索引号: the number of a document in the catalogue of public information, once in the whole cluster.

By rule it is `prefix/year-number`: the prefix of its site (`index_prefix`, else its code), the year of the document, the next
number of both.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from jiyue.base.patterns import pattern
from jiyue.catalogue.article import Article
from jiyue.registry.site import Site

_DIGITS = 10
"""Hexadecimal digits of a digest; numbers whose digests collide are compared themselves."""
_WRITTEN = pattern(r"^(?:index_no|索引号)\s*:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)


def numbered(rows: Iterable[Article]) -> Iterator[Article]:
    """The rows with an index number of their own; a repost has its original's."""
    return (row for row in rows if row.extra.get("index_no") and "repost_of" not in row.extra)


def digest(number: str) -> str:
    """A short digest of fixed length."""
    return hashlib.blake2b(number.strip().encode("utf-8", "surrogatepass"), digest_size=_DIGITS // 2).hexdigest()


def digests(rows: Iterable[Article]) -> str:
    """The digests of a site's index numbers, concatenated."""
    return "".join(sorted(digest(row.extra["index_no"]) for row in numbered(rows)))


def parted(text: str) -> Iterator[str]:
    """The inverse of `digests`."""
    return (text[start : start + _DIGITS] for start in range(0, len(text), _DIGITS))


def next_number(site: Site, folder: Path, year: str) -> str:
    """The next free index number of a site. folder: its content, whose files are read for the numbers that they have."""
    prefix = f"{site.facts.get('index_prefix') or site.facts.get('site_id_code') or site.id.upper()}/{year}-"
    used = [0]
    for path in folder.rglob("*.md") if folder.is_dir() else ():
        for number in _WRITTEN.findall(path.read_text("utf-8", "replace")[:5000]):
            if number.startswith(prefix) and number[len(prefix) :].isdecimal():
                used.append(int(number[len(prefix) :]))
    return f"{prefix}{max(used) + 1:05}"
