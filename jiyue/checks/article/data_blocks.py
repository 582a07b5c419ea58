"""Reports charts and tables that can't be shown, with their lines; the article is published without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jiyue.base.cells import BadTable, Row, read_cells
from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.catalogue.blocks import NAMES, BadBlock, Block, blocks, given, split
from jiyue.catalogue.charts import chart
from jiyue.catalogue.references import body_of, local_path, plain
from jiyue.catalogue.scan import SiteScan
from jiyue.catalogue.tables import table
from jiyue.checks.text.model import Text

CHART = warning(
    "chart-data",
    "图表画不出来",
    "图表的写法或者数据有错，发布时这张图不显示，文章其余部分照常发布。",
)
TABLE = warning(
    "table-data",
    "数据表显示不出来",
    "数据表的写法或者数据有错，发布时这张表不显示，文章其余部分照常发布。",
)
RULES = (CHART, TABLE)
_RULE = {"chart": CHART, "table": TABLE}


def block_findings(text: Text) -> Iterator[Diagnostic]:
    """Findings in the blocks of an article, without those in their files."""
    if "chart" not in text.text and "table" not in text.text:
        return
    body = body_of(text.text)
    start = len(text.text) - len(body)
    first = text.text.count("\n", 0, start)
    for kind, inside, position in blocks(body):
        try:
            block = split(kind, inside)
            if not block.file:
                _try(block)
        except BadBlock as problem:
            line = text.first_line + first + body.count("\n", 0, position) + problem.line - 1
            yield _RULE[kind].at(text.path, line, problem.message, problem.hint, site=text.site)


def _try(block: Block, rows: list[Row] | None = None) -> None:
    if block.kind == "table":
        table(block, rows)
    else:
        chart(block, rows)


def block_file_findings(
    scan: SiteScan, read: Callable[[str], str], data: Callable[[str], bytes]
) -> Iterator[Diagnostic]:
    """Findings in the data files of articles. read, data: source path -> text, bytes."""
    known = {file.path for file in scan.attachments}
    reported = set()
    for row in scan.rows:
        if "data_files" not in row.extra:
            continue
        for kind, inside, _ in (*blocks(body_of(read(row.source_path))), *given(row.extra)):
            try:
                block = split(kind, inside)
            except BadBlock:
                continue  # reported by block_findings
            path = local_path(row.folder, plain(block.file)) if block.file else ""
            if path not in known:
                continue  # reported as a dead link
            source = f"content/{scan.site}/{path}"
            try:
                _try(block, read_cells(path, data(source)))
            except (BadBlock, BadTable) as problem:
                message = f"{row.source_path} 的{NAMES[kind]}：{problem.message}"
                finding = _RULE[kind].at(source, problem.line, message, problem.hint, site=scan.site)
                if finding not in reported:
                    reported.add(finding)
                    yield finding
