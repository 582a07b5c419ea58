"""JSON-LD (schema.org) for home, columns and articles: the facts on the page in machine-readable form.

Each function returns the text of a `<script type="application/ld+json">`. Browsers don't run such a data block, so the
Content-Security-Policy needs no hash for it. It holds only what the page shows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from jiyue.catalogue.kinds import KINDS
from jiyue.catalogue.references import local_path
from jiyue.render.pages.plainjson import encode, members
from jiyue.render.pages.view import Entry, SiteView, picture_path


def script(data: dict[str, Any]) -> str:
    """JSON that is safe inside `<script>`: it can't end the element or begin a comment."""
    return _harmless(encode({"@context": "https://schema.org", **data}))


def _harmless(text: str) -> str:
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def moment(text: str) -> str:
    """'2026-11-20 09:30' -> '2026-11-20T09:30:00+08:00' (RFC 3339; catalogue times are Beijing's)."""
    return f"{text[:10]}T{text[11:]}:00+08:00"


def pictures(view: SiteView, entry: Entry) -> list[str]:
    """The absolute addresses of an article's pictures, as far as this site publishes them."""
    written = entry.article.extra.get("pictures")
    if not written:
        return []
    if entry.pushed:
        known = (entry.pushed.pictures.get(address, "").rpartition(" ")[0] for address in written)
        return list(dict.fromkeys(view.url(picture_path(entry, path)) for path in known if path))
    local = (local_path(entry.folder, address) for address in written)
    return list(dict.fromkeys(view.url(path) for path in local if path in view.attachment_by_path))


def home(view: SiteView) -> str:
    """GovernmentOrganization, and WebSite, with a SearchAction if the site has a search."""
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
        "@type": "WebSite", "@id": url + "#website", "name": site.name, "url": url, "inLanguage": site.lang,
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
    """BreadcrumbList of a column, as shown on the page; '' for pages outside every column."""
    if not section:
        return ""
    _ = view.words
    steps = [(_("首页"), view.site.url + "/")]
    parts = section.split("/")
    for n in range(1, len(parts) + 1):
        column = view.column_by_path.get("/".join(parts[:n]))
        if column:
            steps.append((column.name, f"{view.url(column.path)}/"))
    items = [{"@type": "ListItem", "position": n, "name": name, "item": url} for n, (name, url) in enumerate(steps, 1)]
    return script({"@type": "BreadcrumbList", "itemListElement": items})


def article(view: SiteView, entry: Entry, data: dict[str, Any]) -> str:
    """NewsArticle, GovernmentService, ClaimReview … by kind. data is the page's own (jiyue_plugins.articles.article_data)."""
    row, extra = entry.article, entry.article.extra
    kind = KINDS[row.kind].schema_type
    if kind == "GovernmentService":
        return script(_service(view, entry, data))
    node: dict[str, Any] = {"name" if kind == "WebPage" else "headline": row.title, "url": data["canonical"]}
    if data["date"]:
        node["datePublished"] = moment(row.date)
    if row.updated:
        node["dateModified"] = moment(row.updated)
    if data["summary"]:
        node["description"] = data["summary"]
    if data["images"]:
        node["image"] = data["images"]
    if "doc_number" in extra:
        node["identifier"] = extra["doc_number"]
    if by := _DIGITAL_SOURCES.get(extra.get("ai_generated", "")):
        node["digitalSourceType"] = f"https://schema.org/{by}DigitalSource"
    source, section = data["source"], ""
    if kind == "ClaimReview":
        node |= _claim(extra)
        source = extra.get("responding_unit") or source
    elif entry.column and kind != "WebPage":
        section = view.column_by_path[entry.column].name
    publisher = _publisher(view, entry)
    own = _harmless(members(node))
    return f"{_shared(kind, data['lang'], source, publisher, section)}{own}}}"


_DIGITAL_SOURCES = {
    **dict.fromkeys(("translated", "text"), "TrainedAlgorithmicMedia"),
    **dict.fromkeys(("summarized", "image", "text-image"), "CompositeWithTrainedAlgorithmicMedia"),
}
"""What of an article is made by artificial intelligence -> how IPTC and schema.org call that (IPTCDigitalSourceEnumeration)."""


@lru_cache(maxsize=1024)
def _shared(kind: str, lang: str, source: str, publisher: tuple[str, str, str], section: str) -> str:
    """The part of the object that all articles of one source and column share, encoded once, without its closing brace."""
    data: dict[str, Any] = {
        "@type": kind,
        "inLanguage": lang,
        "author": {"@type": "Organization", "name": source},
        "publisher": dict(zip(("@type", "name", "url"), publisher, strict=True)),
    }
    if section:
        data["articleSection"] = section
    return script(data)[:-1] + ","


def _claim(extra: dict[str, Any]) -> dict[str, Any]:
    """The claim that a rebuttal (辟谣) reviews. The verdict is given in words, since a rating number would be invented."""
    data: dict[str, Any] = {
        "claimReviewed": extra["claim"],
        "reviewRating": {"@type": "Rating", "alternateName": extra["verdict"]},
        "itemReviewed": {"@type": "Claim", "name": extra["claim"]},
    }
    return data | ({"reviewBody": extra["facts"]} if extra.get("facts") else {})


def _publisher(view: SiteView, entry: Entry) -> tuple[str, str, str]:
    """Type, name and address of who published it first: the site, the one that pushed it here, or a repost's origin."""
    if repost := entry.article.extra.get("repost_of"):
        return "Organization", str(repost["name"]), "{0.scheme}://{0.netloc}/".format(urlsplit(repost["url"]))
    if entry.pushed:
        return "GovernmentOrganization", entry.pushed.origin_name, entry.pushed.origin_url + "/"
    return "GovernmentOrganization", view.site.name, view.site.url + "/"


def _service(view: SiteView, entry: Entry, data: dict[str, Any]) -> dict[str, Any]:
    """A service guide (办事指南): the service, where it is offered and its phone number."""
    row, extra = entry.article, entry.article.extra
    kind, name, url = _publisher(view, entry)
    node: dict[str, Any] = {
        "@type": "GovernmentService",
        "name": row.title,
        "url": data["canonical"],
        "provider": {"@type": kind, "name": name, "url": url},
    }
    if data["summary"]:
        node["description"] = data["summary"]
    channel: dict[str, Any] = {}
    if extra.get("place"):
        channel["serviceLocation"] = {"@type": "Place", "name": extra["place"]}
    if extra.get("phone"):
        channel["servicePhone"] = {"@type": "ContactPoint", "telephone": extra["phone"]}
    if address := next((one["href"] for one in data["guide"]["apply"] if one["away"]), ""):
        channel["serviceUrl"] = address
    if hours := extra.get("hours"):
        node["hoursAvailable"] = {"@type": "OpeningHoursSpecification", "description": hours}
    if channel:
        node["availableChannel"] = {"@type": "ServiceChannel", **channel}
    if extra.get("fee"):
        node["offers"] = {"@type": "Offer", "description": extra["fee"]}
    return node
