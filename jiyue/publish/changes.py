"""A summary of what a publication would change on a site: numbers of pages, and titles of the articles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.release.batch import SiteOutcome
from jiyue.publish.release.records import read_records, source_urls


@dataclass(frozen=True)
class Changes:
    """Of one site: pages added, changed and removed, other files that differ, and titles by `+`, `~` and `-`.

    A page also changes with the frame around it; titles list only articles whose own text changed.
    """

    site: str
    added: int
    changed: int
    removed: int
    files: int
    titles: dict[str, list[str]]


def changes_of(cluster: PublishedCluster, outcome: SiteOutcome) -> Changes | None:
    """The changes that publishing would make on a site; None if there are none."""
    made = outcome.made
    if made is None or not (made.added or made.changed or made.removed):
        return None
    url, live = cluster.site(outcome.site).url, cluster.store.live_id(outcome.site)
    old = source_urls(read_records(cluster.store.tree(outcome.site, live)), url) if live else {}
    new = source_urls(read_records(cluster.output / outcome.site), url)
    titles = {
        "+": [str(row["title"]) for path, row in new.items() if path not in old],
        "~": [str(row["title"]) for path, row in new.items() if path in old and row["digest"] != old[path]["digest"]],
        "-": [str(row["title"]) for path, row in old.items() if path not in new],
    }
    added, changed, removed = _pages(made.added), _pages(made.changed), _pages(made.removed)
    files = len(made.added) + len(made.changed) + len(made.removed) - added - changed - removed
    titles = {mark: names for mark, names in titles.items() if names}
    return Changes(outcome.site, added, changed, removed, files, titles)


def _pages(paths: Iterable[str]) -> int:
    return sum(path.endswith(".html") for path in paths)
