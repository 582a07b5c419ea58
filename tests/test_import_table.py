"""Tables as a source of articles: an article a row, bad rows reported alone, the same rows recognized again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from jiyue.importers.export import BadExport
from jiyue.importers.report import ImportReport
from jiyue.importers.table import Map, import_table, load_map
from jiyue.importers.texts import Place

TODAY = datetime(2026, 11, 28, 9, 30)
HEAD = ["编号", "文章标题", "发布时间", "文章内容", "稿件来源"]
ROWS = [
    ["7", "关于供水的通知", "2019-03-04", "各单位：\n\n供水改在 * 早上。\n", "水务局"],
    ["8", "没有正文", "2019-03-05", "", ""],
    ["9", "逗号, 引号\"和<b>", "2019-03-06", "第一段。\n第二段。", ""],
]  # fmt: skip
MAP = "columns: {text: 文章内容, title: 文章标题, publish_date: 发布时间, source: 稿件来源}\n"


def csv_of(rows: list[list[str]]) -> str:
    return "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows)


def imported(folder: Path, name: str, data: bytes, official: bool = False) -> ImportReport:
    (folder / name).write_bytes(data)
    (folder / "map.yaml").write_text(MAP, "utf-8")
    columns = load_map(folder / "map.yaml")
    return import_table([folder / name], columns, Place(folder, "jilin", "tzgg", TODAY), official=official)


def test_rows_become_articles_whatever_the_file_is(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [HEAD, *ROWS]:
        book.active.append(row)
    book.save(tmp_path / "made.xlsx")
    texts: set[str] = set()
    for name, data in (
        ("a.csv", csv_of([HEAD, *ROWS]).encode("gb18030")),
        ("b.csv", csv_of([HEAD, *ROWS]).encode("utf-8-sig")),
        ("c.xlsx", (tmp_path / "made.xlsx").read_bytes()),
    ):
        report = imported(tmp_path, name, data)
        assert [one.title for one in report.written] == ["关于供水的通知", '逗号, 引号"和<b>'], name
        (finding,) = report.diagnostics
        assert (finding.rule, finding.path, finding.line) == ("import-empty", name, 3 if name == "c.xlsx" else 6)
        assert finding.message == "这一行没有正文"
        texts |= {(tmp_path / one.target).read_text("utf-8") for one in report.written}
    # the three exports say the same, so they are the same two articles, and nothing in a cell is a mark
    assert len(list((tmp_path / "content/jilin/tzgg").iterdir())) == 2
    water = next(text for text in texts if "供水" in text)
    assert (
        "source: 水务局\nmigrated:\n  from: '7'\n  at: 2026-11-28 09:30\n---\n\n各单位：\n\n供水改在 \\* 早上。\n"
        in water
    )
    assert (tmp_path / "sites/migrated/jilin.tzgg.csv").is_file()


def test_what_stops_an_import_stops_it_before_anything_is_written(tmp_path: Path) -> None:
    for data, message in (
        (csv_of([["编号", "文章标题"], ["7", "甲"]]), "没有「文章内容」这一列"),
        (csv_of([HEAD, *ROWS]) + '"10,', "引号没有配对"),
        ("\x00\x01", "编码"),
    ):
        with pytest.raises(BadExport, match=message):
            imported(tmp_path, "a.csv", data.encode())
    (tmp_path / "bad.yaml").write_text("columns: {txt: 内容}\n", "utf-8")
    with pytest.raises(BadExport, match="columns 里没有「txt」这一项。是否想写 text"):
        load_map(tmp_path / "bad.yaml")
    assert not (tmp_path / "content").exists()


def test_reports_of_governments_become_documents(tmp_path: Path, real_texts: Path) -> None:
    tables = sorted((real_texts / "documents" / "work-reports-2026").glob("*.csv"))
    report = import_table(tables, Map(), Place(tmp_path, "jilin", "zfgzbg", TODAY), official=True)
    assert (len(report.written), report.diagnostics) == (len(tables), [])
    assert report.fields["genre"] == len(tables) == 8
