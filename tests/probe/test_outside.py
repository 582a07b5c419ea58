"""`jiyue probe --recommended` against real pages on the loopback address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiyue.cli.app import application
from jiyue.linkage.recommended import EMBEDDED, FRAGMENT, JSON
from jiyue.probe.recommended import compare, pages_of, published_list
from tests.support.cluster import DEFAULTS, ClusterFolder, new_cluster
from tests.support.upstream import Reply, Upstream, upstream

FILES = {
    **DEFAULTS,
    "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\nsearch: off\n"
    "defaults:\n  columns: [{path: yw, name: 要闻, type: 工作动态}]\n",
    **{
        f"content/jilin/yw/{n}.md": f"---\ntitle: 全省第 {n} 件大事\ndate: 2026-11-{10 + n} 09:30\nslug: a{n}\n---\n正文。\n"
        for n in range(4)
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    made = new_cluster(tmp_path_factory.mktemp("outside"), FILES)
    assert made.build().exit_code == 0
    return made


@pytest.fixture
def outside() -> Iterator[Upstream]:
    with upstream() as site:
        yield site


def probed(folder: ClusterFolder, *args: str) -> tuple[int, str]:
    ran = CliRunner().invoke(application("probe"), ["probe", "--recommended", "--root", str(folder.root), *args])
    return ran.exit_code, ran.output


def list_of(*numbers: int) -> str:
    rows = (f'<li><a href="https://www.jl.example/yw/a{n}.html">全省第 {n} 件大事</a></li>' for n in numbers)
    return f"<!doctype html><title>省局</title><ul>{''.join(rows)}</ul><a href='https://www.jl.example/yw/'>更多</a>"


def test_pages_that_show_the_list_are_told_from_those_that_do_not(folder: ClusterFolder, outside: Upstream) -> None:
    root = folder.root / "output" / "jilin"
    own = list_of(0, 1, 2, 3).replace("https://www.jl.example/yw/a", "/gov/").replace("全省第 3 件", "全省第\n  3 件")
    outside.replies = {
        "/fragment": Reply.of(f"<title>甲</title>{(root / FRAGMENT).read_text('utf-8')}"),
        "/frame": Reply.of(f'<title>乙</title><iframe src="https://www.jl.example/{EMBEDDED}" title="推荐"></iframe>'),
        "/own": Reply.of(own, "text/html; charset=gb2312", "gb18030"),
        "/late": Reply.of(list_of(0, 1, 2, 9)),
    }
    code, said = probed(folder, *(f"{outside.url}{path}" for path in ("/fragment", "/frame", "/own")))
    assert (code, said.count("：一致"), said.count("：嵌入了省门户的网页")) == (0, 2, 1)
    code, said = probed(folder, f"{outside.url}/own", f"{outside.url}/late", f"{outside.url}/nowhere")
    assert code == 1
    assert said.splitlines() == [
        f"{outside.url}/own：一致",
        f"{outside.url}/late：缺 1 条，多 1 条过时的",
        "    缺：全省第 3 件大事　https://www.jl.example/yw/a3.html",
        "    过时：全省第 9 件大事　https://www.jl.example/yw/a9.html",
        f"{outside.url}/nowhere：网站答复 404",
    ]


def test_a_late_fragment_is_known_by_its_time(folder: ClusterFolder) -> None:
    ours = published_list(folder.root / "output", "jilin")
    old = '<div class="recommended" data-updated="2026-11-12T09:30:00+08:00"></div>' + list_of(0, 1, 2)
    shown = compare("甲", "https://a.example/", old, ours)
    assert (shown.updated, [row.url for row in shown.missing]) == (
        "2026-11-12T09:30:00+08:00", ["https://www.jl.example/yw/a3.html"],
    )  # fmt: skip


def test_the_pages_are_those_of_the_cluster_file(folder: ClusterFolder, outside: Upstream, tmp_path: Path) -> None:
    outside.replies = {"/": Reply.of(list_of(3, 2, 1, 0))}
    entry = f"outside: [{{name: 省气象局, url: '{outside.url}/'}}]\n"
    named = new_cluster(tmp_path / "named", {**FILES, "sites/cluster.yaml": FILES["sites/cluster.yaml"] + entry})
    code, said = probed(named, "--json", "--output", str(folder.root / "output"))
    assert code == 0
    [found] = json.loads(said)
    assert (found["name"], found["same"], found["missing"]) == ("省气象局", True, [])
    assert pages_of(["https://x.example/"], [("省气象局", "https://x.example/")]) == [
        ("省气象局", "https://x.example/")
    ]


def test_what_cannot_be_asked_is_said(folder: ClusterFolder, tmp_path: Path) -> None:
    code, said = probed(folder)
    assert (code, "outside" in said) == (2, True)
    code, said = probed(folder, "https://x.example/", "--output", str(tmp_path))
    assert (code, "jiyue build" in said) == (2, True)
    assert (folder.root / "output" / "jilin" / JSON).is_file()
