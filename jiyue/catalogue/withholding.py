"""The list of withheld articles and sites that a build writes for the publisher.

`output/_cluster/withheld.json` has one object for each article or site that is not in the output:

    {"site": "changchun", "path": "content/changchun/tzgg/x.md", "reason": "error", "url": "/tzgg/x.html"}

path is the source, relative to the cluster's root; "" means the whole site. url (relative to the site's document
root) is "" if the build does not know it, as for a file whose front matter can't be read; its last published version
is then found by source_path. reason is a jiyue.base.reason.Reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jiyue.base.reason import Reason

FILE = "_cluster/withheld.json"
STALE = "_cluster/stale.json"
"""The sites that the last builds skipped: their output may still show what is withheld by now."""
BUILDING = "_cluster/building"
"""Exists while a build writes, so that the output of a killed build is not published."""
ALIASES = "_cluster/aliases.json"
"""For each site: old address in an article's `aliases:` → the article's path."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """An article (or, path "", a site) that is not in the output, and why."""

    site: str
    path: str
    reason: Reason
    url: str = ""


def rows_of(data: Iterable[Mapping[str, Any]]) -> list[Withheld]:
    """The list from its JSON. Raises TypeError, KeyError or ValueError if it does not have the form above."""
    return [Withheld(str(r["site"]), str(r["path"]), Reason(r["reason"]), str(r.get("url") or "")) for r in data]
