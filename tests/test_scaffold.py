"""`jiyue new`: what it writes builds, and it writes nothing where it should not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from jiyue.scaffold import ARTICLE_EXTRAS, Refused, create
from tests.support.cluster import ClusterFolder

NOW = "2026-11-23 09:00"


def test_what_the_command_writes_builds(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder({})

    def new(*args: str) -> str:
        command = [
            sys.executable,
            "-m",
            "jiyue",
            "new",
            *args,
            "--root",
            str(folder.root),
            "--today",
            "2026-11-23T09:00",
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout

    said = new(
        "site",
        "changchun",
        "--name",
        "长春市：人民政府",
        "--kind",
        "prefecture",
        "--superior",
        "jilin",
        "--url",
        "https://www.cc.example",
    )
    assert said == "已写入 sites/changchun.yaml\n已写入 content/changchun/.gitkeep\n"
    new("column", "changchun", "tzgg", "--name", "通知 # 公告")
    new("channel", "changchun", "mingzhu", "--name", "明珠街道")
    for kind in ("news", *ARTICLE_EXTRAS):
        create("article", ["changchun", "tzgg"], folder.root, name=f"标题: {kind}", kind=kind, now=NOW)
    new("article", "changchun", "mingzhu", "--name", "频道里的消息")
    built = folder.build()
    assert built.diagnostics == []
    page = built.html("changchun", "tzgg/")
    assert "通知 # 公告" in page
    for kind in ("news", *ARTICLE_EXTRAS):
        assert f"标题: {kind}" in page
    assert "频道里的消息" in built.html("changchun", "mingzhu/")
    assert "长春市：人民政府" in built.html("jilin")


@pytest.mark.parametrize(
    "columns",
    [
        "", "columns: []\n", "columns:\n  - path: yw\n    name: 要闻\n", "columns:\n- path: yw\n  name: 要闻\n",
        "columns: # 本站的\n\n    # 第一个\n    - {path: yw, name: 要闻}\n", "columns:\n  - path: yw\n    name: 要闻\nofficers: []\n",
    ],
)  # fmt: skip
def test_a_column_is_added_in_whatever_way_the_others_are_written(
    new_folder: Callable[..., ClusterFolder], columns: str
) -> None:
    from jiyue.registry.load import load_registry  # noqa: PLC0415

    text = "name: 长春\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"
    folder = new_folder({"sites/cc.yaml": text + columns})
    create("column", ["cc", "tzgg"], folder.root, name="通知公告", now=NOW)
    create("column", ["cc", "gk"], folder.root, name="概况", now=NOW)
    registry = load_registry(folder.root)
    assert not registry.diagnostics
    assert {(c.path, c.name) for c in registry.sites["cc"].columns} == {("tzgg", "通知公告"), ("gk", "概况")} | (
        {("yw", "要闻")} if "要闻" in columns else set()
    )


@pytest.mark.parametrize(
    ("args", "given", "message"),
    [
        (("site", ["Chang Chun"]), {}, "「Chang Chun」只能用字母、数字、汉字、横线和下划线"),
        (("site", ["长春"]), {}, "站点编号「长春」只能用小写字母、数字和横线，以字母开头"),
        (("site", ["cc"]), {"name": "甲", "kind": "city", "url": "https://a.example"},
         "没有「city」这种站点，可以是：province、prefecture、county、department"),
        (("site", ["cc"]), {"name": "甲", "kind": "county", "url": "https://a.example", "superior": "jl"},
         "没有上级站点 jl（sites/jl.yaml）"),
        (("site", ["cc"]), {"name": "甲", "kind": "county", "url": "www.a.example"}, "网址「www.a.example」不完整，应如 https://www.jl.example"),
        (("site", ["jilin"]), {"name": "甲", "kind": "county", "url": "https://a.example"}, "jilin.yaml 已经存在，没有改动"),
        (("column", ["jilin", "../etc"]), {"name": "甲"}, "「../etc」只能用字母、数字、汉字、横线和下划线"),
        (("column", ["jilin", "api"]), {"name": "甲"}, "目录名「api」由平台保留，换一个"),
        (("column", ["nowhere", "a"]), {"name": "甲"}, "没有站点 nowhere（sites/nowhere.yaml）"),
        (("article", ["jilin", "a"]), {"kind": "novel"},
         "没有「novel」这种文章，可以是：news、document、interpretation、response、rebuttal、letter、survey、interview、guide"),
        (("theme", ["x"]), {}, "不能新建「theme」，可以是：site、channel、column、article"),
    ],
)  # fmt: skip
def test_it_refuses_what_would_not_build(
    new_folder: Callable[..., ClusterFolder], args: tuple[str, list[str]], given: dict[str, str], message: str
) -> None:
    folder = new_folder({})
    before = sorted(folder.root.rglob("*"))
    with pytest.raises(Refused) as refused:
        create(*args, folder.root, now=NOW, **given)
    assert str(refused.value) == message
    assert sorted(folder.root.rglob("*")) == before
