"""The portal's recommended column for sites outside the cluster, published by the root site: JSON, a page to embed, a fragment.

All three are made of the rows that the home pages of the cluster's sites show (jiyue/linkage/recommended.py). The time that
they state is that of the newest row, not that of the build: an unchanged list stays the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from jiyue.linkage.recommended import EMBEDDED, FRAGMENT, JSON
from jiyue.render.pages.jsonld import moment
from jiyue.render.pages.page import File
from jiyue.render.pages.shell import root_prefix
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import SiteView
from jiyue.render.templates import Closures, environment
from jiyue.render.theme.assets import asset_names

_TEMPLATES = {EMBEDDED: "recommended/embed.html", FRAGMENT: "recommended/list.html"}


def pages(view: SiteView) -> Iterator[File]:
    """The files on the root site; none on other sites, and none of an empty column."""
    job = view.job
    if job.cluster_pages is None or not job.headlines:
        return
    data = recommended_data(view)
    text = json.dumps(_published(data, view), ensure_ascii=False, indent=1) + "\n"
    yield File(JSON, _digest(text), text.encode)
    closures = Closures(job.theme)
    for path, template in _TEMPLATES.items():
        state = f"{text}{data}{closures.digest(template, view.site.lang)}"
        yield File(path, _digest(state), partial(_render, view, template, data))


def recommended_data(view: SiteView) -> dict[str, Any]:
    """The declared data of both templates."""
    job, site = view.job, view.site
    changed = job.cluster_pages.recommended if job.cluster_pages else ""
    column = next(column for column in site.columns if column.path == job.cluster.recommended)
    return {
        "lang": site.lang,
        "accent": site.facts["accent"],
        "css": root_prefix(EMBEDDED) + asset_names(job.theme, site.lang)["site.css"],
        "portal": {"name": site.name, "url": site.url + "/"},
        "column": {"name": column.name, "url": view.url(f"{column.path}/index.html")},
        "updated": moment(changed),
        "shown": changed,
        "items": [{"title": h.title, "href": h.url, "date": h.date} for h in job.headlines],
    }


def _published(data: dict[str, Any], view: SiteView) -> dict[str, Any]:
    """The JSON: whose list, from when, its rows, and where its other forms are."""
    return {
        "publisher": data["portal"],
        "column": data["column"],
        "updated": data["updated"],
        "items": [{"title": one["title"], "url": one["href"], "date": one["date"]} for one in data["items"]],
        "embed": view.url(EMBEDDED),
        "fragment": view.url(FRAGMENT),
    }


def _render(view: SiteView, template: str, data: dict[str, Any]) -> bytes:
    return environment(view.job.theme, None, view.site.lang).get_template(template).render(data).encode()


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
