"""The input of a site's build besides its own content, as plain data that can be sent to another machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from jiyue.catalogue.documents import Elsewhere
from jiyue.linkage.alerts import Message
from jiyue.linkage.gathering import Gathered
from jiyue.linkage.push_down import Pushed
from jiyue.registry.site import Cluster, Site


class Neighbour(NamedTuple):
    """Another site as a link. short, kind: as the site's file has them, '' for what is no site of the cluster."""

    id: str
    name: str
    url: str
    short: str = ""
    kind: str = ""


class Member(NamedTuple):
    """A site of the cluster, for the list of all sites on the root site."""

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


class ProvincialEdition(NamedTuple):
    """The root site's edition in a language, for the pages (paths) of a site whose own is closed. url: where it begins."""

    lang: str
    name: str
    url: str
    paths: tuple[str, ...]


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
    """What the root site publishes for the whole cluster: the address of every sitemap and the newest articles.

    recommended: when an article of its recommended column was last published or changed, 'YYYY-MM-DD HH:MM'.
    """

    sitemaps: tuple[str, ...]
    newest: tuple[Announced, ...]
    recommended: str = ""


@dataclass(frozen=True)
class SiteJob:
    """The input of a site's build besides its own content.

    theme and root are folders; now is the time of the build, 'YYYY-MM-DD HH:MM'; cluster_pages is for the root site only.
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
    """Source paths of this site that must not be published."""
    hosts: tuple[str, ...] = ()
    """The hosts of all sites of the cluster, where the site's readers are asked before they leave (Site.leaving)."""
    dead: tuple[str, ...] = ()
    """Dead links of its articles to sites of the cluster, as complete addresses."""
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    """Documents of other sites that are related to its own."""
    provincial: tuple[ProvincialEdition, ...] = ()
    """What its pages link to where its own edition is closed."""
    gathered: tuple[Gathered, ...] = ()
    """Articles of other sites that its topics list."""
    content: str = ""
    """The digest of the files that were checked: only these may be rendered."""
    cluster_pages: ClusterPages | None = None
    alerts: tuple[Message, ...] | None = None
    """The emergency alerts for it that are in force, the gravest first; None if the cluster has none, ever."""


def href(path: str) -> str:
    """A path on the site -> the path in a link, percent-encoded and without `index.html`."""
    if path.endswith("index.html") and (len(path) == 10 or path[-11] == "/"):
        path = path[:-10]
    return path if path.isascii() and path.replace("/", "").replace(".", "").replace("-", "").isalnum() else quote(path)
