"""Old web sites as mirrored folders: every page accounted for, its text carried, its links turned, whatever its encoding."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from jiyue.catalogue.frontmatter import split
from jiyue.importers.moves import BadMoves, Link, decoded, encoded, path_of, read_moves, write_moves
from jiyue.importers.pages import shown
from jiyue.importers.site.folder import Folder
from jiyue.importers.site.proposals import as_yaml
from jiyue.importers.site.report import as_json, summary
from jiyue.importers.site.suggest import suggest
from tests.support.killing import killer
from tests.support.old_site import (
    COLUMNS,
    HOST,
    NOW,
    PNG,
    RULES,
    body_of,
    cluster,
    files_of,
    moved,
    write_old_site,
)  # fmt: skip

# -- a whole site, by its rules --


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A made-up site of 60 articles in five templates, imported once. Read only."""
    folder = tmp_path_factory.mktemp("old")
    made = write_old_site(folder / "mirror", 60)
    root = cluster(folder / "cluster")
    report = moved(folder / "mirror", root, RULES)
    return SimpleNamespace(
        made=made, mirror=folder / "mirror", root=root, report=report, at={one.path: one for one in report.moves}
    )


def test_every_page_is_accounted_for_with_its_text(whole: SimpleNamespace) -> None:
    data = json.loads(as_json(whole.report))
    assert set(data) == {"pages"}
    assert {frozenset(row) for row in data["pages"]} == {frozenset({"path", "status", "article", "share", "reason"})}
    pages = {row["path"]: row for row in data["pages"]}
    assert sorted(pages) == sorted([*whole.made.articles, *whole.made.skipped])
    assert [row for row in pages.values() if row["status"] == "error"] == []
    for path, (title, text) in whole.made.articles.items():
        row = pages[path]
        assert row["status"] == "imported", row
        assert row["share"] >= 0.99, row
        front = split((whole.root / row["article"]).read_text("utf-8")).values
        assert front["title"] == title
        assert Counter("".join(text.split())) - shown(body_of(whole.root, whole.at[path])) == Counter(), path
    assert {pages[path]["status"] for path in whole.made.skipped} == {"skipped"}
    assert all(pages[path]["reason"] for path in whole.made.skipped)


def test_encodings_dates_sources_and_columns_are_those_of_the_pages(whole: SimpleNamespace) -> None:
    read = {one.path.partition("/")[2][:4]: one.encoding for one in whole.report.pages() if one.status == "imported"}
    assert read == {"tzgg": "UTF-8", "zwdt": "GB18030", "show": "GB18030", "tjsj": "GB18030", "fant": "Big5"}
    notes = {
        note: sum(one == note for one in whole.report.guessed.values()) for note in set(whole.report.guessed.values())
    }
    assert notes == {"网页没有写明编码，按 GB18030 读": 16, "网页写的是 utf-8，按 GB18030 读": 12}
    columns = Counter(one.article.split("/")[2] for one in whole.report.pages() if one.status == "imported")
    assert columns == dict.fromkeys(COLUMNS, 12)
    tagged = whole.at[f"{HOST}/tzgg/201005/t20100513_40.html"]
    front = split((whole.root / tagged.article).read_text("utf-8")).values
    assert (front["date"], front["source"]) == ("2010-05-13 10:30", "某市政府办公室")
    assert front["migrated"] == {"from": f"http://{HOST}/tzgg/201005/t20100513_40.html", "at": "2026-11-28"}
    assert "分享" not in body_of(whole.root, tagged)
    labelled = split((whole.root / whole.at[f"{HOST}/tjsj/2010/8.shtml"].article).read_text("utf-8")).values
    assert (labelled["date"], labelled["source"]) == ("2010-09-09 08:30", "统计局")


def test_links_lead_to_the_articles_new_places(whole: SimpleNamespace) -> None:
    one = whole.at[f"{HOST}/zwdt/21.htm"]
    other = whole.at[f"{HOST}/show.asp?id=22"]
    assert other.addresses == (f"http://{HOST}/show.asp?id=22",)
    assert f"](../zcwj/{Path(other.article).name})" in body_of(whole.root, one)
    assert Link(other.addresses[0], "article", other.path) in one.links
    copy = whole.at[f"{HOST}/print_7.html"]
    assert (copy.status, copy.article) == ("skipped", whole.at[f"{HOST}/show.asp?id=7"].article)
    assert [whole.at[f"{HOST}/{name}"].column for name in ("tzgg/index.html", "show.asp?id=7", "index.html")] == [
        "tzgg",
        None,
        "",
    ]
    assert whole.at[f"{HOST}/index.html"].addresses == (f"http://{HOST}/", f"http://{HOST}/index.html")


def test_pictures_and_attachments_lie_beside_the_article(whole: SimpleNamespace) -> None:
    one = whole.at[f"{HOST}/tzgg/201001/t20100101_0.html"]
    stem = Path(one.article).with_suffix("")
    assert (one.pictures, one.attachments, one.missing) == (1, 1, ())
    assert (whole.root / f"{stem}-1.png").read_bytes() == PNG
    assert f"![示意图]({stem.name}-1.png)" in body_of(whole.root, one)
    attachment = whole.at[f"{HOST}/upload/0.pdf"]
    assert (attachment.kind, attachment.article, attachment.copy) == ("file", one.article, f"{stem}-2.pdf")
    picture = whole.at[f"{HOST}/images/tu.png"]
    assert len({picture.copy, *picture.copies}) == 9  # one beside each article that shows it
    assert all((whole.root / path).read_bytes() == PNG for path in (picture.copy, *picture.copies))
    assert whole.at[f"{HOST}/images/style.css"].reason == "网页的样式或程序"


def test_moves_read_back_and_the_list_of_migrated_files_names_all(whole: SimpleNamespace) -> None:
    path = path_of(whole.root, f"jl.{HOST}")
    assert list(read_moves(path)) == whole.report.moves
    assert [decoded(encoded(move)) for move in whole.report.moves] == whole.report.moves
    listed = (whole.root / "sites/migrated" / f"jl.{HOST}.csv").read_text("utf-8").split("\n")[1:-1]
    assert {row.partition(",")[0] for row in listed} == {
        path
        for move in whole.report.moves
        if move.status == "imported"
        for path in (move.copy or move.article, *move.copies)
    }
    write_moves(whole.root / "again.jsonl", reversed(whole.report.moves))
    assert (whole.root / "again.jsonl").read_bytes() == path.read_bytes()
    (whole.root / "again.jsonl").write_text('{"path": "a"}\n{"path"\n', "utf-8")
    with pytest.raises(BadMoves, match="第 2 行读不懂"):
        list(read_moves(whole.root / "again.jsonl"))


def test_what_is_suggested_does_as_well(whole: SimpleNamespace, tmp_path: Path) -> None:
    text = as_yaml(suggest(Folder(whole.mirror), NOW), COLUMNS, "jiyue import site …")
    assert "has: div.TRS_Editor" in text
    assert "title: td.biaoti" in text
    assert "match: {has: ul.newslist}\n    skip: 列表页\n" in text
    assert "site_name: 某市政府网" in text
    assert "  政策文件: zcwj  # 约" in text
    report = moved(whole.mirror, cluster(tmp_path), text)
    at = {one.path: one for one in report.moves}
    for path, (title, words) in whole.made.articles.items():
        assert at[path].status == "imported", at[path]
        assert at[path].title == title
        carried = shown(body_of(tmp_path, at[path]))
        wanted = Counter("".join(words.split()))
        assert (carried & wanted).total() >= 0.95 * wanted.total(), path
    assert {at[path].status for path in whole.made.skipped} == {"skipped"}


# -- again --


def test_a_second_import_changes_nothing_and_an_officers_work_stays(whole: SimpleNamespace, tmp_path: Path) -> None:
    mirror, root = tmp_path / "mirror", tmp_path / "cluster"
    shutil.copytree(whole.mirror, mirror)
    shutil.copytree(whole.root, root)
    (root / "again.jsonl").unlink(missing_ok=True)
    before = files_of(root)
    later = datetime(2027, 3, 1, 8, 0)
    report = moved(mirror, root, RULES, now=later, jobs=2)  # however many processes, whatever the day
    assert files_of(root) == before
    assert report.placed == Counter(same=60)

    edited, deleted, changed, gone = (
        f"{HOST}/{name}" for name in ("zwdt/1.htm", "zwdt/6.htm", "zwdt/11.htm", "zwdt/16.htm")
    )
    at = {one.path: one for one in report.moves}
    article = root / at[edited].article
    article.write_text(article.read_text("utf-8") + "\n补充一段。\n", "utf-8")
    (root / at[deleted].article).unlink()
    (mirror / gone).unlink()
    for path in (edited, changed):
        page = mirror / path
        page.write_bytes(page.read_bytes().replace("市府办".encode("gbk"), "市府办公室".encode("gbk")))
    report = moved(mirror, root, RULES, now=later)
    at = {one.path: one for one in report.moves}
    assert report.placed == Counter(same=56, written=1, edited=1, deleted=1)
    assert "补充一段。" in article.read_text("utf-8")
    assert (at[edited].status, at[edited].reason) == ("imported", "稿件改过，没有覆盖")
    assert (at[deleted].status, at[deleted].reason) == ("skipped", "稿件已被删除，没有再写")
    assert not (root / report.moves[0].article / "x").exists()
    assert "source: 市府办公室" in (root / at[changed].article).read_text("utf-8")
    assert at[gone].reason == "来源里已经没有"
    assert (root / at[gone].article).is_file()
    again = moved(mirror, root, RULES, now=later)  # nobody brings back what was deleted, and nothing else changes
    assert again.moves == report.moves
    assert "已导入，但：稿件改过，没有覆盖，1 个" in "\n".join(summary(report))


def test_an_import_killed_anywhere_is_finished_by_the_next(tmp_path: Path) -> None:
    killed_and_finished(tmp_path, pages=60, points=2)


@pytest.mark.long
def test_an_import_of_many_pages_killed_anywhere_is_finished_by_the_next(tmp_path: Path) -> None:
    killed_and_finished(tmp_path, pages=60, points=40)


@pytest.mark.long
def test_an_import_of_twenty_thousand_pages_is_finished_with_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.moving", "20000", "--kills", "3", "--work", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["same bytes"] for line in lines if line["step"] == "killed"] == [True] * 3
    assert max(line["MB"] for line in lines if "MB" in line) <= 300


def killed_and_finished(tmp_path: Path, pages: int, points: int) -> None:
    write_old_site(tmp_path / "mirror", pages)
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    rules = str(tmp_path / "rules.yaml")
    command = (
        "import",
        "site",
        str(tmp_path / "mirror"),
        "--to",
        "jl",
        "--rules",
        rules,
        "--today",
        "2026-11-28",
        "--jobs",
        "1",
    )
    with killer() as kills:
        undisturbed = kills.run(cluster(tmp_path / "whole"), *command)
        assert undisturbed.code == 0, undisturbed.output
        wanted = files_of(tmp_path / "whole")
        for number in range(points):
            root = cluster(tmp_path / f"killed{number}")
            point = 1 + number * (undisturbed.events - 1) // max(1, points - 1)
            assert kills.run(root, *command, at=point, how="torn" if number % 2 else "kill").killed, point
            finished = kills.run(root, *command)
            assert finished.code == 0, finished.output
            assert files_of(root) == wanted, point


# -- real pages --

OLD_STATISTICS = """\
host: www.stats.gov.cn
templates:
  - name: 代码表
    match: {has: "table[class$=table]"}
    title: title
    body: "table[class$=table]"
    column: tjsj
    undated: 2018-12-31
    link_title: true
"""


@pytest.mark.parametrize(("rules", "least"), [(OLD_STATISTICS, 0.99), ("", 0.95)], ids=["declared", "suggested"])
def test_real_pages_of_layout_tables_arrive(real_texts: Path, tmp_path: Path, rules: str, least: float) -> None:
    source = real_texts / "old-site-gb2312"
    report = moved(source, cluster(tmp_path), rules)
    pages = report.pages()
    assert len(pages) == sum(path.suffix in (".html", ".htm") for path in source.rglob("*"))
    counts = Counter(one.status for one in pages)
    assert counts == {"imported": 79, "skipped": 1}
    assert {one.encoding for one in pages} == {"GB18030", "UTF-8"}
    titles = {one.path.rpartition("/")[2]: one.title for one in pages}
    if rules:
        assert titles["220322.html"] == "2018年统计用区划代码：梨树县"
        assert len(set(titles.values())) == len(titles)
    else:
        assert titles["220322.html"] == "2018年统计用区划代码"
    for one in pages:
        if one.status == "imported":
            assert one.share is not None
            assert one.share >= least, one
            table = re.search(rb"(?s)<table class='\w+table'>.*?</table>", (source / one.path).read_bytes())
            assert table
            words = "".join(re.sub(r"<[^>]*>", "", table[0].decode("gb18030")).split())
            assert "".join(words) == "".join(re.sub(r"\]\([^)]*\)|[|\[\s\\]|---", "", body_of(tmp_path, one))), one.path
