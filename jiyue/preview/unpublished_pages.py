"""Pages of what is not public, each marked across the top, and a list of them for each site.

A page is made when it is asked for, from the state of the last build and the file as it is now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from jiyue.base import clock
from jiyue.base.diagnostics import LABELS, Diagnostic, Severity
from jiyue.base.reason import NAMES, Reason
from jiyue.build.changed_check import missing_files
from jiyue.build.options import Known, Options
from jiyue.build.unpublished import Unpublished, count, text_of, unpublished
from jiyue.catalogue.article import Article
from jiyue.catalogue.read import ENCODING
from jiyue.catalogue.references import own_files
from jiyue.checks.runner import Inspector
from jiyue.checks.verdict import reason_of
from jiyue.preview.article_page import ArticlePage, ArticlePages
from jiyue.preview.marks import NOINDEX, marked, source_page

_INDEX = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>没有公开的稿件：{name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{noindex}
{links}
<style>
.unpublished{{list-style:none;margin:0 0 2rem;padding:0}}.unpublished li{{padding:.75rem 0;border-bottom:1px solid #ccc}}
.unpublished a{{display:inline-block;padding:.6rem 0;font-size:1.125rem}}.unpublished p{{margin:0;overflow-wrap:anywhere}}
</style>
</head>
<body>
<header class="header"><div class="band"><div class="wrap"><p class="site-name">{name}</p></div></div></header>
<main class="wrap">
<h1>没有公开的稿件</h1>
<p>{intro}</p>
{sections}
</main>
</body>
</html>
"""


class Shown(NamedTuple):
    """A marked page. address: relative to the site's root; article: what was read, None if unreadable; findings: in the mark."""

    html: str
    address: str
    row: Unpublished
    article: Article | None
    findings: set[Diagnostic]

    @property
    def sensitive(self) -> bool:
        """Whether it may hold a secret or somebody's personal data: it is shown on this machine only.

        What is not UTF-8 was not inspected, so nobody knows.
        """
        errors = {one.rule for one in self.findings if one.severity is Severity.ERROR}
        reasons = {reason_of(rule, urgent=False) for rule in errors} | set(self.row.reasons)
        return ENCODING.id in errors or not reasons.isdisjoint(SENSITIVE)


SENSITIVE = frozenset({Reason.SECRET, Reason.PRIVACY})


class UnpublishedPages:
    """The unpublished articles of a cluster as they are now.

    known: the state of the last build or check; findings: its findings, without those that are waived.
    """

    def __init__(self, options: Options, known: Known, findings: Iterable[Diagnostic]) -> None:
        self.options = options
        self.now = options.now or clock.now()
        self.pages = ArticlePages(options, known)
        self.known = self.pages.known
        self.findings: dict[str, list[Diagnostic]] = defaultdict(list)
        for one in findings:
            self.findings[one.path].append(one)
        self.rows: Callable[[str], list[Unpublished]] = cache(self._rows)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Site -> how many of its articles are not public; without those that have none."""
        summaries = self.known.summaries
        counted = {site: count(summaries[site], self.now) for site in self.known.registry.sites}
        return {site: number for site, number in counted.items() if number}

    def _rows(self, site: str) -> list[Unpublished]:
        summary = self.known.summaries.get(site)
        rows = unpublished(self.options.root, [summary], self.now) if summary else []
        return [row._replace(findings=tuple(self.findings.get(row.path, ()))) for row in rows]

    def page(self, row: Unpublished, *, sheet: str = "") -> str:
        """The page of one of the rows; its source text where that can't be rendered. sheet: see marked(). Raises OSError."""
        return self.shown(row, sheet=sheet).html

    def shown(self, row: Unpublished, *, notes: Sequence[str] = (), sheet: str = "") -> Shown:
        """The same with what else is known of it. notes: more sentences in its mark."""
        data = text_of(self.options.root, row.path)
        page = self.pages.page(row.site, row.path, data)
        found = self.found(row, page, data)
        html = page.html or source_page(row.title, data.decode("utf-8", "replace"))
        notes = [text for text in (row.when(), row.next(), *notes) if text]
        marked_page = marked(html, row.reason, found, notes=notes, sheet=sheet)
        return Shown(marked_page, page.path or row.address, row, page.row, found)

    def found(self, row: Unpublished, page: ArticlePage, data: bytes) -> set[Diagnostic]:
        """What was found in an article and in its files; a draft, which no check reads, is inspected now."""
        found = {*row.findings, *page.findings}
        if page.row is None:
            return found
        for path in own_files(page.row.folder, page.row.extra):
            found.update(self.findings.get(f"content/{row.site}/{path}", ()))
        if Reason.DRAFT in row.reasons:
            root, registry = self.options.root, self.known.registry
            with Inspector(root, registry.sites[row.site], registry.cluster, self.now) as inspector:
                found.update(inspector.article(row.path, data))
            found.update(missing_files(root, page.row, data.decode("utf-8", "replace")))
        return found

    def file(self, site: str, path: str) -> bytes | Path | None:
        """See ArticlePages.file."""
        return self.pages.file(site, path)

    def index(self, site: str, *, sheet: str = "", rows: Iterable[Unpublished] | None = None) -> str:
        """The list of a site's unpublished articles (or of the given ones), by state. sheet: address of the theme's style."""
        by_reason: dict[Reason, list[Unpublished]] = defaultdict(list)
        for row in self.rows(site) if rows is None else rows:
            by_reason[row.reason].append(row)
        sections = [
            f'<section aria-labelledby="{reason}"><h2 class="heading" id="{reason}">{NAMES[reason]}（{len(by_reason[reason])}）</h2>'
            f'<ul class="unpublished">{"".join(map(_item, by_reason[reason]))}</ul></section>'
            for reason in reversed(list(NAMES))
            if by_reason[reason]
        ]
        number = sum(map(len, by_reason.values()))
        intro = f"共 {number} 篇，只在预览里看得到，不会发布。" if number else "没有这样的稿件：写好的都已公开。"
        return _INDEX.format(
            name=escape(self.known.registry.sites[site].name), noindex=NOINDEX, intro=intro,
            links=f'<link rel="stylesheet" href="{escape(sheet)}">' if sheet else "", sections="\n".join(sections),
        )  # fmt: skip


def _item(row: Unpublished) -> str:
    counts = [(LABELS[level], sum(one.severity is level for one in row.findings)) for level in Severity]
    found = "、".join(f"{number} 处{label}" for label, number in counts if number)
    lines = [row.path, *(text for text in (row.when(), row.next(), found) if text)]
    shown = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<li><a href="./{quote(row.address)}">{escape(row.title)}</a>{shown}</li>'
