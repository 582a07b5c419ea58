"""`jiyue import table` and `sql`: an export of another system, with the text of an article in a cell of each row.

The first row of a table, or the dump, names the columns. Names that a manifest may have (jiyue.importers.manifest) are
understood as they are; for others a map in YAML says what they are, and which rows are public:

    columns: {text: 正文内容, title: 文章标题, publish_date: 发布时间, url: 网址, category: 栏目名, attachments: 附件}
    public: {状态: [已发布, "10"]}
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

from jiyue.base.diagnostics import did_you_mean
from jiyue.importers import manifest
from jiyue.importers.article import DRAFT, EMPTY, NotImportedError
from jiyue.importers.export import BadExport, column_map, public_values, rows
from jiyue.importers.markdown import finder
from jiyue.importers.reading import clean_lines
from jiyue.importers.report import ImportReport
from jiyue.importers.sqldump import dump_rows
from jiyue.importers.texts import Old, Place, Reading, import_texts

TEXT = ("text", "full_text", "content", "body", "正文", "内容", "正文内容")
"""Columns with the text."""
KEY = ("id", "key", "编号", "文章编号", "url", "source_url", "网址", "链接", *manifest.PATH)
"""Columns that name a row, so that a second import recognizes it; else its title and its date do."""
ADDRESS = ("url", "source_url", "网址", "链接")
"""Columns with the old address of an article."""
CATEGORY = ("category", "channel", "栏目", "栏目名称", "分类", "频道")
ATTACHMENTS = ("attachments", "附件", "附件路径")
"""Columns with the names of files in the folder of the export, several apart by ; or |, or as a list in JSON."""
KNOWN = frozenset([
    *TEXT, *KEY, *ADDRESS, *CATEGORY, *ATTACHMENTS, *manifest.TITLE, *manifest.DATE, *manifest.DOC_NUMBER, *manifest.REPEALED,
    *manifest.ISSUER, *manifest.ISSUED, *manifest.INDEX, *manifest.TOPIC, *manifest.EFFECTIVE, *manifest.UNTIL, *manifest.LEVEL,
])  # fmt: skip
"""What a map may name."""
_HTML = re.compile(r"<(?:p|div|br|table|span|img|a|strong|b|font|section|h[1-6]|ul|ol|li)\b[^<>]*/?>", re.IGNORECASE)


class Map(NamedTuple):
    """columns: known name -> column of the export; public: column -> its values of rows that are public."""

    columns: Mapping[str, str] = MappingProxyType({})
    public: Mapping[str, frozenset[str]] = MappingProxyType({})

    def fitted(self, given: Collection[str]) -> Map:
        """The map with the columns as this export spells them, without those of a ready map that it has not."""
        ready = self in READY.values()
        spelt = {name.casefold(): name for name in given} if ready else {}
        columns = {name: spelt.get(other.casefold(), other) for name, other in self.columns.items()}
        public = {spelt.get(name.casefold(), name): values for name, values in self.public.items()}
        if ready:
            columns = {name: other for name, other in columns.items() if other in given or name in _NEEDED}
        return Map(columns, public)


_NEEDED = ("text", "title", "publish_date")
READY = {
    "trs": Map(
        MappingProxyType({
            "id": "DOCID", "title": "DOCTITLE", "text": "DOCHTMLCON", "publish_date": "DOCRELTIME", "url": "DOCPUBURL",
            "category": "DOCCHANNEL", "source": "DOCSOURCENAME",
        }),
        MappingProxyType({"DOCSTATUS": frozenset({"10"})}),
    ),
}  # fmt: skip
"""Ready maps, `--map trs`: the table WCMDocument of TRS WCM, as public code of its users queries it (published: DocStatus 10).

No public source names the columns of 开普's exports, so there is no map for them.
"""


def load_map(path: Path) -> Map:
    """The map of an export: a ready one by its name, else a file. Raises BadExport."""
    if str(path) in READY:
        return READY[str(path)]
    columns = column_map(path, sorted(KNOWN), "{text: 正文内容, title: 文章标题, publish_date: 发布时间}")
    return Map(columns, public_values(path))


def import_table(
    sources: list[Path], columns: Map, place: Place, *, official: bool = False, files: Path | None = None
) -> ImportReport:
    """Turn the rows of tables into articles, as import_markdown does files; a row that can't become one is reported alone.

    files: the folder of pictures and attachments, if not that of the table. Raises BadExport if a table can't be read,
    ValueError as import_markdown.
    """
    report = ImportReport()
    readings = [
        reading
        for source in sources
        for reading in _readings(source, rows(source), columns, place, (files or source.parent).resolve())
    ]
    import_texts(readings, place, report, official=official)
    return report


def import_dump(
    source: Path, columns: Map, place: Place, *, table: str = "", official: bool = False, files: Path | None = None
) -> ImportReport:
    """The same of the rows of one table in a MySQL dump (jiyue.importers.sqldump)."""
    report = ImportReport()
    wanted = tuple(name for name in (columns.columns.get("text", ""), *TEXT) if name)
    found = dump_rows(source, table, wanted)
    import_texts(
        list(_readings(source, found, columns, place, (files or source.parent).resolve())),
        place,
        report,
        official=official,
    )
    return report


def _readings(
    source: Path, table: Iterable[tuple[int, dict[str, str]]], columns: Map, place: Place, files: Path
) -> Iterator[Reading]:
    for number, (line, cells) in enumerate(table):
        if not number:
            columns = columns.fitted(cells)
        row = {**cells, **{name: cells.get(other, "") for name, other in columns.columns.items()}}
        if not number:
            missing = next((other for other in (*columns.columns.values(), *columns.public) if other not in cells), "")
            if missing:
                raise BadExport(f"{source} 没有「{missing}」这一列。{did_you_mean(missing, cells)}")
            if not any(name in row for name in TEXT):
                raise BadExport(f"{source} 没有正文列：用 --map 说明哪一列是正文，如 columns: {{text: 文章内容}}")
        yield source.name, line, partial(_old, row, columns, place, files)


def _old(row: Mapping[str, str], columns: Map, place: Place, files: Path) -> Old:
    for name, values in columns.public.items():
        if row[name].strip() not in values:
            hint = "审定可以公开的，改来源中的状态，或者把这个值写进对照的 public，再导入一次。"
            raise NotImportedError(DRAFT, f"来源标明不公开（{name}: {row[name][:40]}）", hint)
    text = next(manifest.cells(row, TEXT), "")
    if not text:
        raise NotImportedError(EMPTY, "这一行没有正文", "补上正文，或者删去这一行。")
    title = manifest.title_of(row)
    name = next(manifest.cells(row, KEY), "") or f"{title} {next(manifest.cells(row, manifest.DATE), '')}"
    category = next(manifest.cells(row, CATEGORY), "")
    address = next(manifest.cells(row, ADDRESS), "")
    address = address if address.startswith(("http://", "https://", "/")) else ""
    find = finder(files, files / "_", [files])
    seen = {
        key: value for key, value in row.items() if key not in columns.public
    }  # a value that the map judges needs no guess
    old = Old(
        name, clean_lines(text), seen, "", plain=True, addresses=(address,) if address else (),
        column=place.columns.get(category, ""), find=lambda target: find(target) or find(target.rpartition("/")[2]),
        files=tuple(dict.fromkeys(_listed(next(manifest.cells(row, ATTACHMENTS), "")))),
    )  # fmt: skip
    return _of_html(old, text, address) if _HTML.search(text) else old


def _of_html(old: Old, text: str, address: str) -> Old:
    try:
        from jiyue.importers.html import parse, references, to_markdown, visible_text  # noqa: PLC0415  (lxml, an optional library)
    except ImportError:
        raise BadExport("正文是 HTML，要先安装：pip install 'jiyue[sync]'") from None
    element = parse(f"<div>{text}</div>")
    base = address if address.startswith("http") else "http://old.invalid/"  # to_markdown reads whole addresses only
    named = {one.url: _as_written(one.url) for one in references(element, base)}
    known = {url: name for url, name in named.items() if old.find(name)}
    lines = [line.replace("http://old.invalid/", "/") for line in clean_lines(to_markdown(element, base, known))]
    visible = escape(visible_text(element), quote=False)
    return replace(old, lines=lines, plain=False, whole=True, visible=visible, fields=_fields(old.row))


def _fields(row: Mapping[str, str]) -> dict[str, str]:
    title = manifest.title_of(row)
    return {"title": title} if title else {}


def _as_written(url: str) -> str:
    return urlsplit(url).path


def _listed(cell: str) -> list[str]:
    """The names in a cell of attachments."""
    try:
        data = json.loads(cell) if cell.startswith("[") else None
    except ValueError:
        data = None
    if isinstance(data, list):
        found = [one.get("url") or one.get("path") or one.get("name") if isinstance(one, dict) else one for one in data]
        return [str(one).strip() for one in found if one]
    return [one.strip() for one in re.split(r"[;；|\n]", cell) if one.strip()]
