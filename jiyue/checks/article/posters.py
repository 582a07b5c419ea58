"""Rule on posters (海报): the font that draws them has the characters of GB/T 2312, and a name with a gap is worse than no poster."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.base.glyphs import missing
from jiyue.catalogue.article import Article
from jiyue.checks.text.model import Text
from jiyue.registry.site import Site

POSTER = warning(
    "poster-character",
    "海报的字体没有这个字",
    "海报用随平台的字体画，每台机器画出的都一样；字体有 GB/T 2312 的 6763 个汉字。"
    "名称里缺一个字的海报不如没有：这一篇不生成海报，文章照常发布。",
)


def poster_findings(rows: Iterable[Article], site: Site, read: Callable[[str], str]) -> list[Diagnostic]:
    """A finding for each article of a site whose poster can't be drawn. read: source path -> text, used to find the line."""
    findings = []
    for row in rows:
        if "poster" in row.extra:
            shown = (site.name, row.title, row.summary, row.source, row.extra.get("doc_number", ""))
            if lacking := missing(shown):
                text = Text(row.site, row.source_path, read(row.source_path))
                message = f"海报画不出「{'、'.join(lacking)}」，没有生成海报"
                hint = "摘要里的可以换一种说法；标题、来源里的去掉 poster: true，另做图片"
                findings.append(text.at(POSTER, max(text.text.find("\nposter:") + 1, 0), message, hint))
    return findings
