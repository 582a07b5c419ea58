"""The shell: what surrounds every page of a column, furniture first. One function makes its data, nothing else may.

The furniture is what 吉政办发〔2015〕5号 and 国办发〔2017〕47号 require on every page; it comes from the registry and stands
in no template.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from jiyue.site.cards import column_tags, crumbs
from jiyue.site.view import Neighbour, SiteView, href
from jiyue.theme import asset_names

MAX_NEIGHBOURS = 40
"""So many siblings or subordinates are linked on every page; the site map and the home page have them all."""

ERROR_REPORT = "https://zfwzgl.www.gov.cn/exposure/jiucuo.html"
"""我为政府网站找错: takes site_code and the encoded address of the page."""


def root_prefix(path: str) -> str:
    """From a page's folder back to the site's root: '', '../', '../../' …"""
    return "../" * path.count("/")


def shell_data(view: SiteView, section: str, prefix: str) -> dict[str, Any]:
    """The declared data of `shell.html`.

    section is the path of the current column, '' for none; prefix leads to the site's root (root_prefix, or the
    site's base path for 404 pages, which answer at any address).
    """
    site, job = view.site, view.job
    facts = site.facts
    root = prefix or "./"
    assets = asset_names(job.theme)
    top = section.partition("/")[0]
    return {
        "root": prefix,
        "home": root,
        "css": prefix + assets["site.css"],
        "script": prefix + assets["site.js"],
        "early": prefix + assets["early.js"],
        "cluster": job.cluster.name,
        "notice": job.cluster.notice,
        "search": job.cluster.search,
        "site": {"name": site.name, "short": site.short, "url": site.url, "kind": site.kind, **facts},
        "column": column_tags(view, section) if section else None,
        "crumbs": crumbs(view, section, prefix) if section else [],
        "menu": [
            {"name": c.name, "href": prefix + href(c.path) + "/", "current": c.path in (section, top)}
            for c in view.columns
            if "/" not in c.path and not c.channel
        ],
        "channels": [
            {"name": c.name, "href": prefix + href(c.path) + "/", "current": c.path == section}
            for c in view.columns
            if c.channel
        ],
        "superiors": superior_links(view),
        "siblings": _links(job.siblings[:MAX_NEIGHBOURS]),
        "subordinates": _links(job.subordinates[:MAX_NEIGHBOURS]),
        "more_neighbours": max(len(job.siblings), len(job.subordinates)) > MAX_NEIGHBOURS,
        "site_map": prefix + "sitemap.html",
        "report_error": f"{ERROR_REPORT}?site_code={quote(facts['site_id_code'])}&url=",
        "icp_url": "https://beian.miit.gov.cn/",
        "police_url": "https://beian.mps.gov.cn/#/query/webSearch?code="
        + "".join(filter(str.isdigit, facts["police_no"])),
        "conac_url": f"https://bszs.conac.cn/sitename?method=show&id={facts['conac_id']}" if facts["conac_id"] else "",
    }


def superior_links(view: SiteView) -> list[dict[str, str]]:
    """The State Council's portal, the provincial portal and the direct superior, each once, the site itself never."""
    job = view.job
    chain = [job.national]
    if job.superiors:
        chain.append(job.superiors[-1])
        chain.append(job.superiors[0])
    seen: dict[str, Neighbour] = {}
    for neighbour in chain:
        seen.setdefault(neighbour.url, neighbour)
    return _links(tuple(seen.values()))


def _links(neighbours: tuple[Neighbour, ...]) -> list[dict[str, str]]:
    return [{"name": n.name, "url": n.url + "/"} for n in neighbours]


def furniture(data: dict[str, Any]) -> tuple[str, ...]:
    """What the rendered shell has to contain, as HTML text; a theme that loses one of these fails the build."""
    from html import escape  # noqa: PLC0415

    site = data["site"]
    links = [*data["superiors"], *data["siblings"], *data["subordinates"]]
    texts = [
        site["name"],
        site["site_id_code"],
        site["sponsor"],
        site["operator"],
        site["contact"],
        site["icp"],
        site["police_no"],
    ]
    wanted = [f'href="{escape(link["url"])}"' for link in links]
    wanted += [escape(text) for text in (*texts, data["notice"]) if text]
    wanted += [
        f'href="{escape(data["report_error"])}',
        f'href="{escape(data["site_map"])}"',
        f'content="{escape(site["domain"])}"',
    ]
    if data["conac_url"]:
        wanted.append(f'href="{escape(data["conac_url"])}"')
    return tuple(wanted)
