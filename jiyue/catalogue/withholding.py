"""What a build kept back: the list that it leaves for a publication.

`output/_cluster/withheld.json` has one object for each article or site that is not in the output:

    {"site": "changchun", "path": "content/changchun/tzgg/x.md", "reason": "error", "url": "/tzgg/x.html"}

path is the source, relative to the cluster's root; "" means the whole site. url (relative to the site's document
root) is given where the build knows it: for a file whose front matter can't be read it does not, and the last
published version is found by its source_path. reason is a jiyue.base.reason.Reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jiyue.base.reason import Reason

FILE = "_cluster/withheld.json"
STALE = "_cluster/stale.json"
"""The sites that the last builds left out: their output may show what the list above withholds by now."""
BUILDING = "_cluster/building"
"""Stands while a build writes: what a killed one left is not published."""
ALIASES = "_cluster/aliases.json"
"""Of each site, old addresses that articles name in `aliases:` → the article's path."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """An article (or, path "", a site) that is not in the output, and why."""

    site: str
    path: str
    reason: Reason
    url: str = ""


def rows_of(data: Iterable[Mapping[str, Any]]) -> list[Withheld]:
    """The list from its JSON. TypeError, KeyError or ValueError where it is not of the shape above."""
    return [Withheld(str(r["site"]), str(r["path"]), Reason(r["reason"]), str(r.get("url") or "")) for r in data]
