"""What the pages for writing share: the judge, previews and lists of the cluster, made once an application."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starlette.requests import Request

from jiyue.base import clock
from jiyue.editor import uploads
from jiyue.editor.judging import Judge
from jiyue.editor.listing import Listings
from jiyue.editor.model import Draft, Person, Refused, Version
from jiyue.editor.previewing import Previews
from jiyue.editor.worklists import WorkLists
from jiyue.registry.site import Column, Registry, Site


class Workshop:
    """Made for an application's root and desk."""

    def __init__(self, root: Path, desk: Any) -> None:
        self.root, self.desk = root.resolve(), desk
        self.judge: Judge = desk.among.judge
        self.previews = Previews(self.judge)
        self.listings = Listings(self.judge)
        self.lists = WorkLists(self.judge, desk, self.sites_of)

    @property
    def registry(self) -> Registry:
        """All sites."""
        return self.judge.known().registry

    def now(self) -> str:
        """The moment, 'YYYY-MM-DD HH:MM'."""
        return clock.now()

    def site(self, name: str) -> Site:
        """A site by its id. Raises Refused."""
        found = self.registry.sites.get(name)
        if found is None:
            raise Refused("没有这个站点，或者它的配置有错", 404)
        return found

    def sites_of(self, who: Person) -> list[Site]:
        """The sites in which a person may see something that is not public."""
        sites = list(self.registry.sites.values())
        seen = {path.split("/")[1] for path in self.desk.seen(who, (path for site in sites for path in _probes(site)))}
        return [site for site in sites if site.id in seen]

    def columns_to_write(self, who: Person, sites: Iterable[Site]) -> dict[str, list[Column]]:
        """Site → the columns in which a person may write; without sites where there are none."""
        sites = list(sites)
        may = self.desk.writable(who, (path for site in sites for path in _probes(site)))
        found = {site.id: [c for c in site.columns if _probe(site, c.path) in may] for site in sites}
        return {site: columns for site, columns in found.items() if columns}

    def begin(self, who: Person, folder: str, stem: str, text: bytes) -> Draft:
        """The draft of a new article. Without a stem its file is named by the day and a number."""
        if stem:
            made: Draft = self.desk.begin(who, f"{folder}/{stem}.md", text)
            return made
        day = self.now()[:10].replace("-", "")
        for number in range(1, 1000):
            path = f"{folder}/{day}-{number:02}.md"
            if (self.root / path).exists():
                continue
            try:
                made = self.desk.begin(who, path, text)
            except Refused as refused:
                if refused.status != 409:
                    raise
            else:
                return made
        raise Refused("今天的文件名用完了，自己写一个文件名", 409)

    def base(self, who: Person, draft: Draft, blob: str) -> Version:
        """The version of a draft's article that a form was made from."""
        now: Version = self.desk.text(who, draft.path, draft.id)
        if blob == now.blob:
            return now
        data: bytes = self.desk.version(who, draft.id, blob)
        return Version(draft.path, blob, data)

    def topics(self, site: str) -> tuple[str, ...]:
        """The 主题分类 in use at a site."""
        return self.listings.topics(site, self.now())

    def names_in(self, path: str) -> list[str]:
        """The names of the files in an article's folder on the main branch."""
        folder = self.root / path.rpartition("/")[0]
        return [one.name for one in folder.iterdir()] if folder.is_dir() else []

    def gates(self, site: Site, folder: str, files: Iterable[uploads.Upload]) -> None:
        """Raise Refused for files that may not be published."""
        cluster = self.registry.cluster
        uploads.refuse_errors(uploads.gates(self.root, site, cluster, folder, files, self.now()[:10]))


def _probe(site: Site, folder: str) -> str:
    """A path that stands for all articles of a folder."""
    return "/".join(filter(None, ("content", site.id, folder, "x.md")))


def _probes(site: Site) -> list[str]:
    return [_probe(site, folder) for folder in ("", *(column.path for column in site.columns))]


_LOCK = threading.Lock()


def workshop(request: Request) -> Workshop:
    """The application's."""
    state = request.app.state
    with _LOCK:
        if not hasattr(state, "workshop"):
            state.workshop = Workshop(state.root, state.desk)
    made: Workshop = state.workshop
    return made
