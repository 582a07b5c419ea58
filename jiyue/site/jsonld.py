"""JSON-LD (schema.org) of home, columns and articles: the facts that the page shows, once more for machines.

Each function gives the text of a `<script type="application/ld+json">`: a data block, which no browser runs, so that a
Content-Security-Policy needs no hash for it. Nothing stands in it that the page doesn't show.
"""

from __future__ import annotations

import json
from typing import Any

from jiyue.catalogue.references import local_path
from jiyue.site.view import Entry, SiteView, picture_path

TYPES = {
    "news": "NewsArticle", "interpretation": "NewsArticle", "response": "NewsArticle", "interview": "NewsArticle",
    "document": "Article", "letter": "Article", "survey": "Article", "page": "WebPage",
    "guide": "GovernmentService", "rebuttal": "ClaimReview",
}  # fmt: skip
"""Kind of article -> schema.org type."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def script(data: dict[str, Any]) -> str:
    """JSON that may stand inside `<script>`: nothing in it can end the element or begin a comment."""
    text = _encode({"@context": "https://schema.org", **data})
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def moment(text: str) -> str:
    """'2026-11-20 09:30' -> '2026-11-20T09:30:00+08:00' (RFC 3339; catalogue times are Beijing's)."""
    return f"{text[:10]}T{text[11:]}:00+08:00"


def pictures(view: SiteView, entry: Entry) -> list[str]:
    """The absolute addresses, on this site, of the pictures that an article shows and the site publishes."""
    written = entry.article.extra.get("pictures")
    if not written:
        return []
    if entry.pushed:
        known = (entry.pushed.pictures.get(address, "").rpartition(" ")[0] for address in written)
        return list(dict.fromkeys(view.url(picture_path(entry, path)) for path in known if path))
    local = (local_path(entry.folder, address) for address in written)
    return list(dict.fromkeys(view.url(path) for path in local if path in view.attachment_paths))


def organization(view: SiteView) -> dict[str, Any]:
    """The site's government or department as others refer to it."""
    return {"@type": "GovernmentOrganization", "name": view.site.name, "url": view.site.url + "/"}


def home(view: SiteView) -> str:
    """GovernmentOrganization, and WebSite with its SearchAction where there is a search."""
    site, job = view.site, view.job
    url = site.url + "/"
    body: dict[str, Any] = {
        "@type": "GovernmentOrganization",
        "@id": url + "#organization",
        "name": site.name,
        "url": url,
    }
    if site.short != site.name:
        body["alternateName"] = site.short
    if site.facts["site_id_code"]:
        body["identifier"] = site.facts["site_id_code"]
    if site.facts["contact"]:
        body["contactPoint"] = {"@type": "ContactPoint", "description": site.facts["contact"]}
    if job.superiors:
        above = job.superiors[0]
        body["parentOrganization"] = {"@type": "GovernmentOrganization", "name": above.name, "url": above.url + "/"}
    web: dict[str, Any] = {
        "@type": "WebSite", "@id": url + "#website", "name": site.name, "url": url, "inLanguage": "zh-CN",
        "publisher": {"@id": url + "#organization"},
    }  # fmt: skip
    if job.cluster.search:
        web["potentialAction"] = {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": url + "search/?q={search_term_string}"},
            "query-input": "required name=search_term_string",
        }
    return script({"@graph": [body, web]})


def breadcrumbs(view: SiteView, section: str) -> str:
    """BreadcrumbList of a column, the same steps that the page shows; '' for pages of no column."""
    if not section:
        return ""
    steps = [("首页", view.site.url + "/")]
    parts = section.split("/")
    for n in range(1, len(parts) + 1):
        column = view.column_by_path.get("/".join(parts[:n]))
        if column:
            steps.append((column.name, f"{view.url(column.path)}/"))
    items = [{"@type": "ListItem", "position": n, "name": name, "item": url} for n, (name, url) in enumerate(steps, 1)]
    return script({"@type": "BreadcrumbList", "itemListElement": items})


def article(view: SiteView, entry: Entry, data: dict[str, Any]) -> str:
    """NewsArticle, GovernmentService, ClaimReview … by kind. data is the page's own (plugins.articles.article_data)."""
    row = entry.article
    kind = TYPES.get(row.kind, "Article")
    if kind == "GovernmentService":
        return script(_service(view, entry, data))
    publisher = _publisher(view, entry)
    found: dict[str, Any] = {
        "@type": kind,
        "name" if kind == "WebPage" else "headline": row.title,
        "url": data["canonical"],
        "inLanguage": row.extra.get("lang", "zh-CN"),
        "author": {"@type": "Organization", "name": data["source"]},
        "publisher": publisher,
    }
    if data["date"]:
        found["datePublished"] = moment(row.date)
    if row.updated:
        found["dateModified"] = moment(row.updated)
    for key, value in (("description", data["summary"]), ("keywords", data["keywords"]), ("image", data["images"])):
        if value:
            found[key] = value
    if "doc_number" in row.extra:
        found["identifier"] = row.extra["doc_number"]
    if kind == "ClaimReview":
        found["claimReviewed"] = row.extra["claim"]
        found["reviewRating"] = {"@type": "Rating", "alternateName": row.extra["verdict"]}
        found["itemReviewed"] = {"@type": "Claim", "name": row.extra["claim"]}
        if row.extra.get("responding_unit"):
            found["author"] = {"@type": "Organization", "name": row.extra["responding_unit"]}
        if row.extra.get("facts"):
            found["reviewBody"] = row.extra["facts"]
    elif entry.column and kind != "WebPage":
        found["articleSection"] = view.column_by_path[entry.column].name
    return script(found)


def _publisher(view: SiteView, entry: Entry) -> dict[str, Any]:
    """The site, or the one that pushed the article here."""
    if not entry.pushed:
        return organization(view)
    name, url = entry.pushed.origin_name, entry.pushed.origin_url + "/"
    return {"@type": "GovernmentOrganization", "name": name, "url": url}


def _service(view: SiteView, entry: Entry, data: dict[str, Any]) -> dict[str, Any]:
    """A guide (办事指南): what is offered, where, by telephone under which number."""
    row, extra = entry.article, entry.article.extra
    found: dict[str, Any] = {
        "@type": "GovernmentService",
        "name": row.title,
        "url": data["canonical"],
        "provider": _publisher(view, entry),
    }
    if data["summary"]:
        found["description"] = data["summary"]
    channel: dict[str, Any] = {}
    if extra.get("place"):
        channel["serviceLocation"] = {"@type": "Place", "name": extra["place"]}
    if extra.get("phone"):
        channel["servicePhone"] = {"@type": "ContactPoint", "telephone": extra["phone"]}
    if channel:
        found["availableChannel"] = {"@type": "ServiceChannel", **channel}
    if extra.get("fee"):
        found["offers"] = {"@type": "Offer", "description": extra["fee"]}
    return found
