"""Additional data of the pages of surveys, interviews and guides, as plain data for their templates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from jiyue.catalogue.phases import ANNOUNCED, CLOSED, LOOKS, OPEN, RESULT, UPCOMING, phase, result_due
from jiyue.render.pages.shell import root_prefix
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.theme.translations import N_, Words
from jiyue_plugins import letters
from jiyue_plugins.links import Links

_PHASES = (N_("尚未开始"), N_("进行中"), N_("已结束"), N_("已公布结果"), N_("预告"))
"""The phases of jiyue.catalogue.phases, listed for translation."""
_ADOPTED = {N_("采纳"): "good", N_("部分采纳"): "changed", N_("不采纳"): "closed"}
"""Outcome of an opinion -> the theme's name for its look."""


def state(view: SiteView, entry: Entry, _: Words) -> dict[str, str] | None:
    """The present phase of a survey or an interview, in the theme's form of a state."""
    word = phase(entry.article, view.job.now)
    return {"word": _(word), "look": LOOKS[word]} if word else None


def survey(view: SiteView, entry: Entry, links: Links, _: Words) -> dict[str, Any]:
    """The state of a survey, its stages with their dates, and its result."""
    article, extra = entry.article, entry.article.extra
    now = phase(article, view.job.now)
    given = extra.get("opinions", ())
    opinions = [
        {
            "text": one["text"],
            "reason": one.get("reason") or "",
            "count": one.get("count", 1),
            "state": {"word": _(word), "look": _ADOPTED[word]},
        }
        for one in given
        for word in (one["adopted"],)
    ]
    counts = {word: sum(o.get("count", 1) for o in given if o["adopted"] == word) for word in _ADOPTED}
    received = extra.get("opinions_received", sum(counts.values()))
    adopted = extra.get("adopted", counts["采纳"])
    figures = [(_("收到意见"), received), (_("采纳意见"), adopted)]
    figures += [(_("部分采纳"), counts["部分采纳"]), (_("不采纳"), counts["不采纳"])]
    # a survey published together with its result has no earlier announcement
    announced = article.date if article.date <= extra["opens"] or now in (UPCOMING, OPEN) else ""
    known = "result_at" in extra or now == RESULT
    due = extra.get("result_at", "") if known else str(result_due(article))
    stages = [
        (_("公告"), announced, True),
        (_("征集开始"), extra["opens"], now != UPCOMING),
        (_("征集结束"), extra["closes"], now in (CLOSED, RESULT)),
        (_("公布结果") if known else _("最迟公布结果"), due, now == RESULT),
    ]
    return {
        "state": {"word": _(now), "look": LOOKS[now]},
        "stages": [
            {"name": name, "date": _day(day), "done": done}
            for name, day, done in stages
            if day or name == stages[-1][0]
        ],
        "figures": [{"label": label, "value": value} for label, value in figures if value],
        "opinions": opinions,
        "counted": any(one["count"] > 1 for one in opinions),
        "open": now == OPEN,
    }


def interview(view: SiteView, entry: Entry, links: Links, _: Words) -> dict[str, Any]:
    """The data of an interview: its phase, its video, the conversation, readers' questions."""
    extra = entry.article.extra
    return {
        "state": state(view, entry, _),
        "host": extra.get("host", ""),
        "announced": phase(entry.article, view.job.now) == ANNOUNCED,
        "transcript": [
            {"by": one["by"], "paragraphs": _paragraphs(one["text"])} for one in extra.get("transcript", ())
        ],
        "questions": [
            {"text": one["text"], "by": one.get("by") or "", "paragraphs": _paragraphs(one.get("reply") or "")}
            for one in extra.get("questions", ())
        ],
    }


def guide(view: SiteView, entry: Entry, links: Links, _: Words) -> dict[str, Any]:
    """The service platform of a guide: its own, else that of the site's file."""
    extra = entry.article.extra
    platform = "" if entry.pushed else view.site.facts["service_platform"]
    given = extra.get("apply") or ([{"name": _("网上办理"), "url": platform}] if platform else [])
    return {"apply": links.linked(entry, given, _)}


_POST = ("post", "name", "duties", "unit", "phone", "place")


def posts(entry: Entry, links: Links) -> list[dict[str, Any]]:
    """The posts of an institution, with the names, pictures and résumés that it gives."""
    return [
        {
            **{key: post.get(key) or "" for key in _POST},
            "resume": _paragraphs(post.get("resume") or ""),
            "picture": next(
                links.pictures_at(entry, filter(None, [post.get("picture")]), root_prefix(entry.path)), None
            ),
        }
        for post in entry.article.extra.get("posts", ())
    ]


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _day(moment: str) -> str:
    return moment[:10] if moment.endswith(" 00:00") else moment


def letter(view: SiteView, entry: Entry, links: Links, _: Words) -> dict[str, Any]:
    """The state of a letter, its course, its term as of now."""
    lang = entry.article.extra.get("lang", view.site.lang)
    return letters.page(entry.article, date.fromisoformat(view.job.now[:10]), _, view.furniture_language(lang))


KIND_DATA: dict[str, Callable[[SiteView, Entry, Links, Words], dict[str, Any]]] = {
    "survey": survey, "interview": interview, "guide": guide, "letter": letter,
}  # fmt: skip
"""Kind -> its function; the template finds the data under the kind's name."""
