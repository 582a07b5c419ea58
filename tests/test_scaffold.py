"""`jiyue new`: its files build, and it writes nothing where it must not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from jiyue.catalogue.scaffold import ARTICLE_KINDS, Refused, create
from jiyue.checks.article.duties import GUIDE_ELEMENTS
from tests.support.cluster import DEFAULTS, ClusterFolder

JILIN = DEFAULTS["sites/jilin.yaml"]

NOW = "2026-11-23 09:00"


def fill(folder: ClusterFolder, path: str) -> None:
    """Fill in what an officer has to write: the body, and the required fields of the kind."""
    file = folder.root / path
    text = file.read_text("utf-8")
    for key, value in (("claim", "某地停水"), ("received", "2026-11-20"), ("closes", "2026-12-20")):
        text = text.replace(f"\n{key}: \n", f"\n{key}: {value}\n")
    for key in GUIDE_ELEMENTS:
        text = text.replace(f"\n{key}: \n", f"\n{key}: 无\n")
    file.write_text(f"{text}正文。\n", "utf-8")


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
    for kind in ARTICLE_KINDS:
        (made,) = create("article", ["changchun", "tzgg"], folder.root, name=f"标题: {kind}", kind=kind, now=NOW)
        fill(folder, made)
    said = new("article", "changchun", "mingzhu", "--name", "频道里的消息").splitlines()[0]
    fill(folder, said.removeprefix("已写入 "))
    built = folder.build(today="2026-11-23T10:00")
    assert built.diagnostics == []
    page = built.html("changchun", "tzgg/")
    assert "通知 # 公告" in page
    for kind in ARTICLE_KINDS:
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
        (("article", ["jilin", "yw"]), {"kind": "novel", "name": "甲"},
         "没有「novel」这种文章，可以是：news、document、interpretation、response、rebuttal、letter、survey、interview、guide"),
        (("theme", ["x"]), {}, "不能新建「theme」，可以是：site、channel、column、article"),
        (("artcle", ["x"]), {}, "不能新建「artcle」，可以是：site、channel、column、article。是否想写 article？"),
        (("column", ["jilim", "a"]), {"name": "甲"}, "没有站点 jilim（sites/jilim.yaml）。是否想写 jilin？"),
        (("article", ["jilim", "yw"]), {"name": "甲"}, "没有站点 jilim（sites/jilim.yaml）。是否想写 jilin？"),
        (("article", ["jilin", "tzgh"]), {"name": "甲"},
         "站点 jilin 没有栏目「tzgh」。是否想写 tzgg？\n已有的栏目：yw（要闻）、tzgg（通知公告）\n"
         "新建栏目：jiyue new column jilin tzgh --name 名称"),
        (("article", ["jilin", "通知公告"]), {"name": "甲"},
         "站点 jilin 没有栏目「通知公告」。是否想写 tzgg？\n已有的栏目：yw（要闻）、tzgg（通知公告）\n"
         "新建栏目：jiyue new column jilin 通知公告 --name 名称"),
        (("article", ["jilin", "yw"]), {"kind": "documnet", "name": "甲"},
         "没有「documnet」这种文章，可以是：news、document、interpretation、response、rebuttal、letter、survey、interview、guide。"
         "是否想写 document？"),
        (("article", ["jilin", "yw"]), {}, "请用 --name 给出标题"),
        (("site", ["cc"]), {"name": "甲", "kind": "county", "url": "https://a.example", "superior": "jilim"},
         "没有上级站点 jilim（sites/jilim.yaml）。是否想写 jilin？"),
    ],
)  # fmt: skip
def test_it_refuses_what_would_not_build(
    new_folder: Callable[..., ClusterFolder], args: tuple[str, list[str]], given: dict[str, str], message: str
) -> None:
    columns = "columns:\n  - {path: yw, name: 要闻}\n  - {path: tzgg, name: 通知公告}\n"
    folder = new_folder({"sites/jilin.yaml": JILIN + columns})
    before = sorted(folder.root.rglob("*"))
    with pytest.raises(Refused) as refused:
        create(*args, folder.root, now=NOW, **given)
    assert str(refused.value) == message
    assert sorted(folder.root.rglob("*")) == before


PROVINCE = (
    JILIN
    + """\
profile: province
site_id_code: "2200000001"
sponsor: 吉林省人民政府办公厅
officers:
  - {post: 信息员·一, unit: 办公厅, role: 信息联络员, since: 2020-01-01, until: 2025-12-31}
  - {post: 信息员·二, unit: 办公厅, role: 信息联络员, since: 2026-01-01}
  - {post: 初审岗, unit: 办公厅, role: 初审}
  - {post: 复审岗, unit: 办公厅, role: 复审}
  - {post: "终审岗, 代", unit: 办公厅, role: 终审}
  - {post: 保密审查岗, unit: 办公厅, role: 保密审查}
"""
)


def test_an_article_under_a_strict_profile_lacks_only_what_people_have_to_give(
    new_folder: Callable[..., ClusterFolder],
) -> None:
    folder = new_folder({"sites/jilin.yaml": PROVINCE})
    (path,) = create("article", ["jilin", "tzgg"], folder.root, name="[转载]关于 #1 泵房: 通知", now=NOW)
    assert (folder.root / path).read_text("utf-8") == (
        '---\ntitle: "[转载]关于 #1 泵房: 通知"\ndate: 2026-11-23 09:00\nsource: 吉林省人民政府办公厅\nauthor: 信息员·二\n'
        "summary: \nkeywords: \nreview:\n  first: {by: 初审岗, date: }\n  second: {by: 复审岗, date: }\n"
        '  secrecy: {by: 保密审查岗, date: }\n  final: {by: "终审岗, 代", date: }\n---\n\n'
    )

    def told() -> list[tuple[str, int, str]]:
        found = folder.build(today="2026-11-23T10:00").diagnostics
        return [(d["rule"], d["line"], d["message"]) for d in found if d["path"] == path]

    assert told() == [
        ("review-missing", 8, "缺少初审、复审、终审、保密审查的审核记录"),
        ("article-empty", 14, "正文是空的"),
    ]
    text = (folder.root / path).read_text("utf-8")
    (folder.root / path).write_text(text.replace("date: }", "date: 2026-11-23}") + "正文。\n", "utf-8")
    assert told() == []
