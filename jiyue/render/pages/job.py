"""Everything that a site's build needs beside its own content: plain data, so that it can go to another machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from jiyue.catalogue.documents import Elsewhere
from jiyue.catalogue.linkage import Pushed
from jiyue.registry.site import Cluster, Site


class Neighbour(NamedTuple):
    """Another site as a link. short, kind: as the site's file has them, '' for what is no site of the cluster."""

    id: str
    name: str
    url: str
    short: str = ""
    kind: str = ""


class Member(NamedTuple):
    """A site of the cluster, for the cluster's own index on the root site."""

    id: str
    name: str
    url: str
    kind: str
    superior: str


class Headline(NamedTuple):
    """An item of the portal's recommended column."""

    title: str
    url: str
    date: str


class Announced(NamedTuple):
    """An article of any site in the feed of the whole cluster."""

    id: str
    site: str
    site_name: str
    site_url: str
    url: str
    title: str
    summary: str
    date: str
    updated: str
    lang: str


class ClusterPages(NamedTuple):
    """What the root site publishes of all sites: every sitemap's address, the newest articles."""

    sitemaps: tuple[str, ...]
    newest: tuple[Announced, ...]


@dataclass(frozen=True)
class SiteJob:
    """Everything that a site's build needs beside its own content: plain data, so that it can go to another machine.

    theme and root are folders; now is the clock, 'YYYY-MM-DD HH:MM'; cluster_pages is set for the root site alone.
    """

    root: Path
    output: Path
    theme: Path
    site: Site
    cluster: Cluster
    superiors: tuple[Neighbour, ...]
    siblings: tuple[Neighbour, ...]
    subordinates: tuple[Neighbour, ...]
    national: Neighbour
    portal: Neighbour
    headlines: tuple[Headline, ...]
    pushed: tuple[Pushed, ...]
    now: str
    plugins: tuple[str, ...]
    members: tuple[Member, ...] = ()
    """All sites of the cluster, for its root site only."""
    withheld: tuple[str, ...] = ()
    """Source paths of this site that may not go out."""
    dead: tuple[str, ...] = ()
    """Complete addresses in its articles that lead nowhere in the cluster."""
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    """Documents of other sites that its own are related to."""
    content: str = ""
    """The digest of the files that were checked: what is rendered must be that."""
    cluster_pages: ClusterPages | None = None


def href(path: str) -> str:
    """A path below the site's -> as it stands in a link; `index.html` is left out."""
    if path.endswith("index.html") and (len(path) == 10 or path[-11] == "/"):
        path = path[:-10]
    return path if path.isascii() and path.replace("/", "").replace(".", "").replace("-", "").isalnum() else quote(path)
