"""`jiyue import reconcile`: what arrived, what did not and why; the findings by kind; the same bytes each time."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import yaml

from jiyue.audit.moving.run import NoSuchBatch, report_moves
from jiyue.base.cache import Cache
from jiyue.build.options import Options
from jiyue.build.output_root import foreign
from jiyue.build.source_check import check
from jiyue.importers.generators import import_generator
from jiyue.importers.texts import Place
from jiyue.registry.load import load_registry
from tests.support.cluster import ClusterFolder, new_cluster
from tests.test_import_systems import NOW

TEXTS = {
    "source/_config.yml": "",
    "_config.yml": "url: https://www.old.example\npermalink: :title/\n",
    "source/_posts/a.md": "---\ntitle: 供水通知\ndate: 2019-03-04\n---\n\n明天停水，见[去年的](/b/)、[无](/none/)。\n\n![丢](lost.png)\n",
    "source/_posts/b.md": "---\ntitle: 去年\ndate: 2018-03-04\n---\n\n电话 13912345678，[内网](http://192.168.1.5/x)。\n",
    "source/_posts/c.md": "---\ntitle: 前年\ndate: 2017-03-04\n---\n\n见[内网](http://192.168.1.5/y)。\n",
    "source/_drafts/d.md": "---\ntitle: 没有发过\n---\n\n草稿。\n",
    "source/e.md": "没有标题也没有文件头\n" * 3,
}


@pytest.fixture
def cluster(tmp_path: Path) -> ClusterFolder:
    folder = new_cluster(
        tmp_path / "c", {"content/jilin/tzgg/own.md": "---\ntitle: 自己的\ndate: 2026-11-01\n---\n\n正文。\n"}
    )
    for name, text in TEXTS.items():
        (tmp_path / "old" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "old" / name).write_text(text, "utf-8")
    import_generator(tmp_path / "old", "hexo", Place(folder.root, "jilin", "tzgg", NOW))
    return folder


def made(cluster: ClusterFolder, approved_by: str = "") -> tuple[list[tuple[str, int, int]], dict[str, bytes]]:
    options = Options(cluster.root, cluster.root / "output", now="2026-11-28 10:00")
    [one] = report_moves(options, ["jilin.tzgg"], None, approved_by)
    files = {
        path.relative_to(one.folder).as_posix(): path.read_bytes() for path in one.folder.rglob("*") if path.is_file()
    }
    return one.kinds, files


def rows(files: dict[str, bytes], name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(files[f"{name}.json"])["rows"]
    table = list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode("utf-8-sig"))))
    assert len(table) == len(found), "the same in every form"
    return found


def test_everything_is_accounted_for_and_told_by_kind(cluster: ClusterFolder) -> None:
    kinds, files = made(cluster)
    assert kinds == [("个人信息和秘密", 1, 1), ("链接", 3, 2)]
    assert rows(files, "totals")[0] == {"item": "网页", "old": 5, "moved": 3, "skipped": 1, "error": 1}
    assert rows(files, "lost") == [
        {"kind": "网页", "reason": "文件头、目录表、正文开头和文件名中都没有标题", "count": 1, "example": "e.md"},
        {"kind": "网页", "reason": "放在文件夹 _drafts 里", "count": 1, "example": "_drafts/d.md"},
    ]
    assert [one["address"] for one in rows(files, "missing")] == ["https://www.old.example/a/lost.png"]
    assert {one["address"] for one in rows(files, "nowhere")} == {
        "https://www.old.example/none/", "https://www.old.example/a/lost.png"
    }  # fmt: skip
    assert rows(files, "states") == [{"state": "和迁入时相同", "count": 3, "example": "_posts/a.md"}]
    assert len(rows(files, "moves")) == 5
    page = files["index.html"].decode()
    assert "<h1>迁移对账：jilin.tzgg</h1>" in page
    assert "没有找到" not in page
    found = {str(one["rule"]): one for one in rows(files, "findings")}
    assert found["link-host"]["files"] == 2
    assert found["link-host"]["waivers"] == "waivers/link-host.yaml"
    assert found["privacy-mobile"]["waivers"] == "", "personal data is corrected, not waived"
    assert sum(name.startswith("waivers/") for name in files) == 1
    assert made(cluster)[1] == files
    options = Options(cluster.root, cluster.root / "output")
    assert foreign(options, load_registry(cluster.root), Cache(None)) is None, "the first build may follow"


def test_what_was_edited_or_removed_since_is_told(cluster: ClusterFolder) -> None:
    first, second = sorted((cluster.root / "content/jilin/tzgg").glob("201*.md"))[:2]
    first.write_text(first.read_text("utf-8") + "\n改过。\n", "utf-8")
    second.unlink()
    states = {str(one["state"]): one["count"] for one in rows(made(cluster)[1], "states")}
    assert states == {"和迁入时相同": 1, "文件不在了（改名或者删去）": 1, "迁入以后改过": 1}


def test_the_proposed_waivers_count_once_somebody_approves_them(cluster: ClusterFolder) -> None:
    def hosts() -> list[str]:
        report = check(Options(cluster.root, cluster.root / "output", now="2026-11-28 10:00"))
        return [d.rule for d in report.diagnostics if d.rule in ("link-host", "waiver-invalid", "waiver-unused")]

    assert hosts() == ["link-host", "link-host"]
    proposed = made(cluster)[1]["waivers/link-host.yaml"].decode()
    cluster.write({"sites/waivers.yaml": proposed})
    assert hosts() == ["link-host", "link-host", "waiver-invalid", "waiver-invalid"]
    cluster.write({"sites/waivers.yaml": made(cluster, "网站主管岗")[1]["waivers/link-host.yaml"].decode()})
    assert hosts() == []
    assert len(yaml.safe_load(proposed)) == 2


def test_a_batch_that_is_not_there_is_told(cluster: ClusterFolder) -> None:
    with pytest.raises(NoSuchBatch, match=r"没有批次「jilin.tzgh」.*是否想写 jilin.tzgg"):
        list(report_moves(Options(cluster.root, cluster.root / "output"), ["jilin.tzgh"]))
