"""The data of the shell: what surrounds every page of a column. Only shell_data makes it.

The furniture is what 吉政办发〔2015〕5号 and 国办发〔2017〕47号 require on every page; its texts come from the registry, never
from a template.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from markupsafe import escape

from jiyue.base.patterns import pattern
from jiyue.linkage.alerts import Message
from jiyue.registry.life import Closing
from jiyue.render.pages import jsonld
from jiyue.render.pages.cards import column_tags, crumbs, feed_links, share_addresses
from jiyue.render.pages.job import Neighbour, href
from jiyue.render.pages.menu import menu
from jiyue.render.pages.view import SiteView
from jiyue.render.theme.assets import ACCENTS, asset_names, edition_assets
from jiyue.render.theme.images import shown_as
from jiyue.render.theme.translations import N_, Words

_NUMBER = pattern(r"\d[\d-]{3,}\d")

MAX_NEIGHBOURS = 40
"""The most siblings or subordinates linked on every page; the site map and the home page list all."""

ERROR_REPORT = "https://zfwzgl.www.gov.cn/exposure/jiucuo.html"
"""The national form 我为政府网站找错; its query takes site_code and the page's encoded address."""


def root_prefix(path: str) -> str:
    """The relative path from a page's folder to the site's root: '', '../', '../../' …"""
    return "../" * path.count("/")


def shell_data(view: SiteView, section: str, prefix: str, lang: str, article: bool) -> dict[str, Any]:
    """The declared data of `shell.html`.

    section: path of the current column, '' for none. prefix: the way to the site's root (root_prefix, or the site's base
    path for 404 pages, which are served at any address). lang: language of the page, '' for the site's. article: the page
    is an article, not the column's list.
    """
    site, job = view.site, view.job
    facts = site.facts
    root = prefix or "./"
    language = view.furniture_language(lang)
    assets = asset_names(job.theme, site.lang)
    scripts = edition_assets(job.theme, language) if language != site.lang else assets
    _ = view.words_in(lang)
    return {
        "lang": lang or site.lang,
        "furniture_lang": language,
        "names_lang": site.lang if language != site.lang else "",
        "root": prefix,
        "home": root,
        "css": prefix + assets["site.css"],
        "script": prefix + scripts["site.js"],
        "early": prefix + assets["early.js"],
        "colour": ACCENTS[facts["accent"] or next(iter(ACCENTS))],
        "logo": site_picture(view, "logo", prefix),
        "marks": {name: site_picture(view, f"{name}_mark", prefix) for name in ("conac", "error", "elder")},
        "cluster": job.cluster.name,
        "notice": job.cluster.notice,
        "emergency": emergency(view, prefix, _),
        "search": job.cluster.search,
        "offline": bool(site.offline),
        "site": {"name": site.name, "short": site.short, "url": site.url, "kind": site.kind, **facts},
        "column": column_tags(view, section) if section else None,
        "crumbs": crumbs(view, section, prefix, article, _) if section else [],
        "breadcrumbs": jsonld.breadcrumbs(view, section),
        "feeds": feed_links(view, section, prefix),
        "menu": menu(view, section, prefix),
        "channels": [
            {"name": c.name, "href": prefix + href(c.path) + "/", "current": c.path == section}
            for c in view.columns
            if c.channel
        ],
        "entries": [] if section else entries(view, prefix, _),
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


LEVELS = {
    "red": N_("红色预警"), "orange": N_("橙色预警"), "yellow": N_("黄色预警"), "blue": N_("蓝色预警"), "info": N_("提示"),
}  # fmt: skip
"""Level of a site's `notice` -> its name."""


EXERCISE = N_("【演练】%s")


def emergency(view: SiteView, prefix: str, _: Words) -> list[dict[str, str]]:
    """The lines of the banner: the alerts in force, the gravest first, then the site's own `notice` in its place.

    A dead link is left out.
    """
    lines = [_alert(message, view, _) for message in view.job.alerts or () if message.alert.msg_type != "Cancel"]
    notice = view.site.notice
    if notice and notice.is_shown(view.job.now):
        url = notice.url if not notice.url or "://" in notice.url else prefix + href(notice.url)
        dead = notice.address(view.site.url) in view.job.dead
        name = _(LEVELS[notice.level])
        lines.append(_line(notice.level, name, notice.text, "" if dead else url, notice.since, notice.until))
        lines.sort(key=lambda line: (line["exercise"], list(LEVELS).index(line["level"])))
    if view.site.closing:
        lines += _closing(view, view.site.closing, prefix, _)
    return lines


def _closing(view: SiteView, closing: Closing, prefix: str, _: Words) -> Iterator[dict[str, str]]:
    """That the site is going to close, or has closed; a dead link is left out."""
    text, url = closing.notice(view.site.name, view.job.now)
    if text:
        own = url and "://" not in url
        dead = (closing.address(view.site.url) if url == closing.url else url) in view.job.dead
        end = "" if view.site.is_closed(view.job.now) else f"{closing.ends} 00:00"
        link = prefix + href(url) if own else url
        line = _line("info", _(CLOSURE), text, "" if dead else link, "", end)
        yield {**line, "more": _(GO_TO) % closing.heir[2]} if closing.heir and url == closing.heir[3] else line


CLOSURE = N_("关停公告")
GO_TO = N_("前往%s")


def _alert(message: Message, view: SiteView, _: Words) -> dict[str, str]:
    alert = message.alert
    name = _(LEVELS[alert.level])
    end = "" if not alert.instruction or alert.headline.endswith(("。", "！", "？", "!", "?", ".")) else "。"
    url = "" if message.url in view.job.dead else message.url
    line = _line(alert.level, name, f"{alert.headline}{end}{alert.instruction}", url, alert.begins, alert.expires)
    line["by"] = message.sender_name
    return {**line, "name": _(EXERCISE) % name, "exercise": "exercise"} if alert.is_exercise else line


def _line(level: str, name: str, text: str, url: str, since: str, until: str) -> dict[str, str]:
    """exercise: `exercise` or ''; as a class it marks the line. by: who issued it, '' for the site itself. more: the words of the
    link, '' for the usual ones."""
    until = jsonld.moment(until) if until else ""
    return {
        "level": level, "exercise": "", "name": name, "text": text, "url": url, "by": "", "since": since, "until": until,
        "more": "",
    }  # fmt: skip


ENTRIES = (("办事服务", N_("办事")), ("政策文件", N_("政策")), ("咨询投诉", N_("写信")))
"""The first entries of elder mode: the type of the column and the label."""


def entries(view: SiteView, prefix: str, _: Words) -> list[dict[str, str]]:
    """The large entries of elder mode: columns of the site, else a search, and the phone number in its `contact`."""
    rows = []
    for kind, name in ENTRIES:
        column = next((c for c in view.columns if c.type == kind), None)
        if column:
            rows.append({"name": _(name), "href": f"{prefix}{href(column.path)}/", "note": ""})
        elif view.job.cluster.search:
            rows.append({"name": _(name), "href": f"{prefix}search/?q={quote(name)}", "note": ""})
    number = _NUMBER.search(view.site.facts["contact"])
    if number:
        rows.append({"name": _("电话"), "href": f"tel:{number[0]}", "note": number[0]})
    return rows


def site_picture(view: SiteView, name: str, prefix: str) -> dict[str, Any] | None:
    """One of the site's PICTURES with its size; None if the site has none or doesn't publish it."""
    path = view.site.facts[name]
    if not path or path not in view.attachment_by_path:
        return None
    if name not in view.pictures:
        view.pictures[name] = shown_as(view.job.root, view.site.id, path)
    sides = view.pictures[name]
    return {"src": prefix + href(path), "width": sides[0], "height": sides[1]} if sides else None


def superior_links(view: SiteView) -> list[dict[str, str]]:
    """The State Council's portal, the provincial portal and the direct superior, without duplicates or the site itself."""
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


def furniture(data: dict[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """What the rendered shell has to contain: HTML in its head, HTML in its body, text in its body.

    A theme that drops one of them fails the build.
    """
    site = data["site"]
    marks = {"SiteName": site["name"], "SiteDomain": site["domain"], "SiteIDCode": site["site_id_code"]}
    if data["column"]:
        marks |= {"ColumnName": data["column"]["name"], "ColumnType": data["column"]["type"]}
    links = [link["url"] for link in (*data["superiors"], *data["siblings"], *data["subordinates"])]
    links += [url for url in (data["site_map"], data["conac_url"]) if url]
    facts = [site[key] for key in ("name", "site_id_code", "sponsor", "operator", "contact", "icp", "police_no")]
    body = [f'href="{escape(url)}"' for url in links] + [f'href="{escape(data["report_error"])}']
    texts = [
        str(escape(text)) for text in (*facts, data["notice"], *(line["text"] for line in data["emergency"])) if text
    ]
    return [_mark(name, text) for name, text in marks.items() if text], body, texts


def page_furniture(data: dict[str, Any], article: bool) -> tuple[list[str], list[str]]:
    """What a page's own head and main have to contain as HTML: an article's tags, and the share links."""
    marks = {"ArticleTitle": data["title"], "ContentSource": data["source"]} if article else {}
    if article and data["date"]:
        marks["PubDate"] = data["date"]
    if "share" not in data:
        return [_mark(name, text) for name, text in marks.items() if text], []
    # percent-encoded: nothing but the `&` is left to escape
    main = [f'href="{url.replace("&", "&amp;")}"' for url in share_addresses(data["share"])]
    main.append(f">{escape(data['share']['url'])}<")
    if not article:
        main.append("<svg ")  # the QR code for 微信; on articles a script draws it on demand
    return [_mark(name, text) for name, text in marks.items() if text], main


def _mark(name: str, text: str) -> str:
    return f'<meta name="{name}" content="{escape(text)}">'
