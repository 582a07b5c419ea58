"""The work order for one site, as it goes to a child process or to another machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jiyue.render.pages.job import SiteJob

OWN_PLUGINS = tuple(
    f"jiyue_plugins.{name}"
    for name in (
        "articles", "columns", "home", "utility_pages", "assets", "mobile", "opendata", "feeds", "sitemaps", "search",
    )
)  # fmt: skip
HOST_PLUGIN = "jiyue_plugins.host"


@dataclass(frozen=True)
class SiteTask:
    """A job, where its state is kept, and how it is run.

    cache is the folder of the cache (None: nothing is remembered), key names the output in it; hosted: under Pelican;
    shards: into how many processes a large site may part its rendering. folder is where the site's pages go, if not
    below job.output; whoever gives it may keep other files there, so nothing is deleted from it.
    """

    job: SiteJob
    engine: str
    cache: Path | None
    key: str
    hosted: bool
    shards: int = 1
    folder: Path | None = None

    @property
    def bytecode(self) -> Path | None:
        """Where compiled templates are kept."""
        return bytecode_folder(self.cache)


def bytecode_folder(cache: Path | None) -> Path | None:
    """Where the templates compiled for a cluster are kept, beside its cache; None without one."""
    return cache.parent / "templates" if cache else None
