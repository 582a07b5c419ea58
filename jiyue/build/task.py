"""The task of building one site, as sent to a child process or another machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jiyue.render.pages.job import SiteJob

OWN_PLUGINS = tuple(
    f"jiyue_plugins.{name}"
    for name in (
        "articles", "posters", "columns", "home", "utility_pages", "alerts", "assets", "mobile", "opendata", "feeds", "sitemaps",
        "search", "recommended", "screens", "offline",
    )
)  # fmt: skip
HOST_PLUGIN = "jiyue_plugins.host"


@dataclass(frozen=True)
class SiteTask:
    """A job with the place of its state and how to run it.

    cache: the folder of the cache, None for no cache; key: names the output in it. hosted: under Pelican. shards: the most
    processes for rendering a large site. folder: the output if not below job.output; it may hold other files, so nothing
    is deleted from it. edited: source paths of the articles of which only the text differs from the last finished build, if
    nothing else does.
    """

    job: SiteJob
    engine: str
    cache: Path | None
    key: str
    hosted: bool
    shards: int = 1
    folder: Path | None = None
    edited: frozenset[str] = frozenset()

    @property
    def bytecode(self) -> Path | None:
        """The folder of compiled templates; None without a cache."""
        return bytecode_folder(self.cache)


def bytecode_folder(cache: Path | None) -> Path | None:
    """The folder of a cluster's compiled templates, next to its cache; None without a cache."""
    return cache.parent / "templates" if cache else None
