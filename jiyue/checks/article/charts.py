"""Charts that cannot be drawn: told by line; the article goes out without the chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.base.encoding import NotUtf8
from jiyue.catalogue.charts import BadChart, block_of, blocks, chart, split
from jiyue.catalogue.references import body_of, local_path, plain
from jiyue.catalogue.scan import SiteScan
from jiyue.checks.text.model import Text

CHART = warning(
    "chart-data",
    "图表画不出来",
    "图表的写法或者数据有错，发布时这张图不显示，文章其余部分照常发布。",
)
RULES = (CHART,)


def chart_findings(text: Text) -> Iterator[Diagnostic]:
    """What is wrong in the blocks of an article, but for the files that they name."""
    if "chart" not in text.text:
        return
    body = body_of(text.text)
    start = len(text.text) - len(body)
    first = text.text.count("\n", 0, start)
    for position, inside in blocks(body):
        try:
            block = split(inside)
            if not block.file:
                chart(block)
        except BadChart as problem:
            line = text.first_line + first + body.count("\n", 0, position) + problem.line - 1
            yield CHART.at(text.path, line, problem.message, problem.hint, site=text.site)


def chart_file_findings(scan: SiteScan, read: Callable[[str], str]) -> Iterator[Diagnostic]:
    """What is wrong in the CSV files that articles draw. read: source path -> text; may raise NotUtf8."""
    there = {file.path for file in scan.attachments}
    told = set()
    for row in scan.rows:
        if "chart_files" not in row.extra:
            continue
        inside_body = [inside for _, inside in blocks(body_of(read(row.source_path)))]
        for inside in (*inside_body, *map(block_of, row.extra.get("charts", ()))):
            try:
                block = split(inside)
            except BadChart:
                continue  # told by chart_findings
            path = local_path(row.folder, plain(block.file)) if block.file else ""
            if path not in there:
                continue  # told as a link that leads nowhere
            source = f"content/{scan.site}/{path}"
            try:
                chart(block, read(source))
            except (BadChart, NotUtf8) as problem:
                finding = CHART.at(
                    source, problem.line, f"{row.source_path} 的图表：{problem.message}", problem.hint, site=scan.site
                )
                if finding not in told:
                    told.add(finding)
                    yield finding
