"""Posters: a picture for sharing of each article that declares `poster: true`, beside its page (jiyue/render/poster.py)."""

from __future__ import annotations

from collections.abc import Iterator

from jiyue.base.glyphs import missing
from jiyue.catalogue.scan import poster_of
from jiyue.render import poster
from jiyue.render.body import read_body
from jiyue.render.data_blocks import readable
from jiyue.render.markdown import convert
from jiyue.render.pages.job import href
from jiyue.render.pages.page import File
from jiyue.render.pages.signals import site_pages, text_pages
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.search import plain_text
from jiyue.render.theme.assets import ACCENTS
from jiyue.render.theme.translations import N_

READ_ON = N_("扫码阅读全文")
AI_LABELS = {
    "translated": N_("本文由人工智能翻译"), "summarized": N_("本文摘要由人工智能生成"),
    "text": N_("本文含人工智能生成的文字"), "image": N_("本文含人工智能生成的图片"),
    "text-image": N_("本文含人工智能生成的文字和图片"),
}  # fmt: skip


def pages(view: SiteView) -> Iterator[File]:
    """`<the page's name>.poster.png` of each."""
    for entry in view.all_entries:
        if path := poster_path(view, entry):
            facts = _facts(view, entry)
            digest = f"{poster.VERSION} {entry.article.digest} {facts}"
            yield File(path, digest, lambda entry=entry, facts=facts: _drawn(view, entry, facts))  # type: ignore[misc]


def poster_path(view: SiteView, entry: Entry) -> str:
    """The path of an article's poster, '' if it has none: not declared, from another site, or with a character that can't be drawn."""
    if "poster" not in entry.article.extra or entry.pushed:
        return ""
    facts = _facts(view, entry)
    shown = (facts.site, facts.title, *facts.lines, *facts.lead, facts.says, *facts.notes)
    return "" if missing(shown) else poster_of(entry.path)


def poster_link(view: SiteView, entry: Entry) -> str:
    """Its address relative to the page's folder, '' if there is none."""
    return href(poster_path(view, entry).rpartition("/")[2])


def _facts(view: SiteView, entry: Entry) -> poster.Poster:
    """What the poster shows, apart from the beginning of a text without a summary."""
    article, _ = entry.article, view.words_in(entry.article.extra.get("lang", ""))
    about = [view.source(entry), article.date[:10]]
    lines = [article.extra.get("doc_number", ""), "\u3000".join(filter(None, about))]
    return poster.Poster(
        view.site.name,
        ACCENTS[view.site.facts["accent"] or next(iter(ACCENTS))],
        article.title,
        tuple(filter(None, lines)),
        (article.summary,) if article.summary else (),
        view.url(entry.path),
        _(READ_ON),
        tuple(filter(None, (view.job.cluster.notice, _(AI_LABELS.get(article.extra.get("ai_generated", ""), ""))))),
    )


def _drawn(view: SiteView, entry: Entry, facts: poster.Poster) -> bytes:
    if facts.lead:
        return poster.draw(facts)
    article = entry.article
    html, _ = convert(read_body(view.job.root, article.source_path, article.body_line, article.digest))
    text = (line.lstrip("\f") for line in plain_text(readable(html)).split("\n"))
    return poster.draw(facts._replace(lead=poster.beginning(text)))


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
    text_pages.connect(pages)
