"""Reading offline, where a site declares it: the service worker and the page for what is not kept (jiyue/render/offline)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from jiyue.render import offline
from jiyue.render.pages.page import File, Page
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import SiteView
from jiyue.render.theme.assets import theme_files
from jiyue.render.theme.search_modules import published
from jiyue.render.theme.translations import N_

NOTE = N_("没有网络，这是 %s 留存的网页，可能已有更新；预警等紧急信息联网后才显示。")
SEARCHED = ("page.mjs", "combobox.mjs", "filters.mjs", "help.mjs", "places.mjs", "inflate.mjs")
"""The modules of a search that are kept from the start; suggestions by lunr and pinyin are not."""


def pages(view: SiteView) -> Iterator[Page | File]:
    """`sw.js` and `theme/offline.html`; nothing where it isn't declared."""
    if not view.site.offline:
        return
    yield Page(offline.PAGE, "offline.html", {})
    files = {f"theme/{path}": digest for path, (digest, _) in theme_files(view.job.theme, view.site.lang).items()}
    fixed = [path for path in files if path.endswith((".css", ".js", ".mjs", ".svg")) and path.count("/") == 1]
    folder, modules = published(view.job.theme, view.site.lang) if view.job.cluster.search else ("", {})
    fixed += [f"theme/{folder}{name}" for name in SEARCHED if name in modules]
    version = hashlib.blake2b(repr((sorted(files.items()), folder)).encode(), digest_size=6).hexdigest()
    site = {
        "lang": view.site.lang,
        "note": view.words(NOTE),
        "pages": view.site.offline[0],
        "fixed": sorted([*fixed, offline.PAGE, *(["search/"] if modules else [])]),
        "version": version,
    }
    data = offline.worker(site)
    yield File(offline.WORKER, hashlib.blake2b(data, digest_size=16).hexdigest(), lambda: data)


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
