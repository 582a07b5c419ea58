"""The catalogue: valid articles, messages about invalid ones, and their addresses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from jiyue import PRODUCT_ROOT
from jiyue.base.diagnostics import Diagnostic
from jiyue.catalogue import kinds, models
from jiyue.catalogue import read as catalogue
from jiyue.catalogue.article import Article
from jiyue.catalogue.models import KINDS
from jiyue.catalogue.read import Place, Reading, read_article
from jiyue.catalogue.references import REFERENCES
from jiyue.registry.models import Kind
from jiyue.registry.site import SITE_KINDS
from tests.support.cluster import Built, ClusterFolder
from tests.support.page_kinds import picture
from tests.support.samples import pdf, png

HEAD = "---\ntitle: 关于测试的通知\ndate: 2026-11-20 09:30\n---\n\n正文。\n"
BAD_PLACE = "content/jilin/tzgg/bad.md"

MINIMAL = {
    "guide": "basis: 甲规定\nconditions: 乙\nmaterials: 丙\nplace: 丁\nhours: 周一\nphone: 演示电话\n"
    "steps: 戊\nfee: 不收费\ntime_limit: 一日\n",
    "rebuttal": "claim: 某地停水三天\nverdict: 不实\n",
    "letter": "received: 2026-11-01\n",
    "survey": "opens: 2026-11-01\ncloses: 2026-12-01\n",
}
"""The required fields of a kind besides title and date."""


def read(data: str | bytes, folder: str = "tzgg", name: str = "a.md") -> tuple[Article | None, list[Diagnostic]]:
    raw = data.encode() if isinstance(data, str) else data
    return read_article(raw, "jilin", folder.partition("/")[0], folder, name, BAD_PLACE)


def article(data: str | bytes, folder: str = "tzgg", name: str = "a.md") -> Article:
    row, found = read(data, folder, name)
    assert row and not found, found
    return row


def test_no_field_has_the_name_of_a_kind_of_reference() -> None:
    assert not set(REFERENCES) & {name for model in KINDS.values() for name in model.model_fields}


def test_a_front_matter_that_did_not_change_gives_what_reading_it_again_would() -> None:
    head = (
        "---\ntitle: 标题\ndate: 2026-11-20\nkeywords: 甲，乙\nlayout: video\nvideo: {src: a.mp4, poster: a.png}\n---\n"
    )
    place = Place("jilin", "tzgg", "a.md", "content/jilin/tzgg/a.md")

    def reading(text: str, known: Reading | None = None) -> Reading:
        return catalogue.read(text.encode(), "tzgg", place, catalogue.digest(text.encode()), known)

    before = reading(f"{head}正文，见[附件](a.pdf)。\n\n![图](b.png)\n\n[甲]: c.pdf\n")
    for text in (
        f"{head}另一段，见[公告](b.md)。",
        f"{head}\n![外](https://b.example/x.png)",
        head.replace("甲", "丙") + "正文",
    ):
        assert reading(text, before) == reading(text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_least_of_each_kind_becomes_a_page(build_site: Callable[..., Built], kind: str) -> None:
    head = f"---\ntitle: 标题{kind}\ndate: 2026-11-20 09:30\nkind: {kind}\n{MINIMAL.get(kind, '')}---\n正文\n"
    row = article(head)
    assert (row.kind, row.title, row.date, row.body_line) == (kind, f"标题{kind}", "2026-11-20 09:30", head.count("\n"))


def test_every_kind_is_built(build_site: Callable[..., Built]) -> None:
    text = "---\ntitle: 标题{0}\ndate: 2026-11-20\nslug: {0}\nkind: {0}\n{1}---\n正文{0}\n"
    built = build_site({f"content/jilin/tzgg/{kind}.md": text.format(kind, MINIMAL.get(kind, "")) for kind in KINDS})
    assert built.diagnostics == []
    for kind in KINDS:
        page = built.html("jilin", f"tzgg/{kind}.html")
        assert f"<h1>标题{kind}</h1>" in page
        assert f"正文{kind}" in page
    assert "某地停水三天" in built.html("jilin", "tzgg/rebuttal.html")


@pytest.mark.parametrize(
    "text",
    [
        "Title: 关于测试的通知\nDate: 2026-11-20 09:30\nTags: 甲, 乙\nCategory: 旧栏目\nModified: 2026-11-21\nAuthor: 岗位一\n\n正文。\n",
        "title: 关于测试的通知\ndate: 2026-11-20 09:30\nkeywords: 甲，乙\nupdated: 2026-11-21\nauthor: 岗位一\n\n正文。\n",
        "---\ntitle: 关于测试的通知\ndate: 2026-11-20T09:30:00+08:00\ntags: [甲, 乙]\n"
        "modified: 2026-11-21\nauthor: 岗位一\n---\n\n正文。\n",
        "\ufeff---\r\ntitle: 关于测试的通知\r\ndate: 2026/11/20 09:30\r\nkeywords: 甲、乙\r\n"
        "updated: 2026-11-21\r\nauthor: 岗位一\r\n---\r\n\r\n正文。\r\n",
        "---\ntitle: '关于测试的通知'\ndate: 2026年11月20日 9:30\nkeywords: 甲；乙\nupdated: 2026-11-21\nauthor: 岗位一\n...\n正文。\n",
    ],
    ids=["pelican", "pelican-lower-case", "pelican-names-in-yaml", "bom-crlf", "dots"],
)
def test_front_matter_in_every_accepted_shape_means_the_same(text: str) -> None:
    row = article(text)
    assert (row.title, row.date, row.updated, row.author) == (
        "关于测试的通知",
        "2026-11-20 09:30",
        "2026-11-21 00:00",
        "岗位一",
    )
    assert row.extra["keywords"] == ["甲", "乙"]


BROKEN: list[tuple[str, str | bytes, str, int, str]] = [
    ("empty", "", "article-head", 1, "文件是空的"),
    ("blank", " \n\n", "article-head", 1, "文件是空的"),
    ("no front matter", "# 标题\n\n正文\n", "article-head", 1, "文件开头没有标题和日期"),
    ("unclosed", "---\ntitle: 甲\ndate: 2026-11-20\n\n正文\n", "article-head", 1, "开头的 --- 没有另一行 --- 结束"),
    ("nothing between", "---\n---\n正文\n", "article-head", 1, "开头的 --- 之间什么也没有"),
    ("a list", "---\n- 甲\n---\n正文\n", "article-head", 2, "开头的 --- 之间不是「键: 值」的形式"),
    ("quote", '---\ntitle: "通知\ndate: 2026-11-20\n---\n', "article-head", 2, "引号没有结束"),
    ("twice", "---\ntitle: 甲\ndate: 2026-11-20\ntitle: 乙\n---\n", "article-head", 4, "「title」写了两次"),
    ("twice in key-value", "Title: 甲\nDate: 2026-11-20\ntitle: 乙\n\n正文\n", "article-head", 3, "「title」写了两次"),
    ("tag", "---\ntitle: !!python/name:os.system x\ndate: 2026-11-20\n---\n", "article-head", 2,
     "不允许使用标签 tag:yaml.org,2002:python/name:os.system"),
    ("deep", f"---\ntitle: {'[' * 50_000}\n---\n", "article-head", 2, "内容过大或嵌套过深"),
    ("dashes", f"---\n{'- ' * 100_000}\n---\n", "article-head", 2, "内容过大或嵌套过深"),
    ("escaped control", '---\ntitle: "甲\\x1e乙"\ndate: 2026-11-20\n---\n', "article-head", 2, "含有不可见的控制字符"),
    ("control", "---\ntitle: 甲\ndate: 2026-11-20\n---\n正\x0b文\n", "article-characters", 5, "含有控制字符 U+000B"),
    ("nul", "---\ntitle: 甲\ndate: 2026-11-20\n---\n正\0文\n", "article-characters", 5, "含有控制字符 U+0000"),
    ("record separator", "---\ntitle: 甲\ndate: 2026-11-20\n---\n正\x1e文\n", "article-characters", 5, "含有控制字符 U+001E"),
    ("no date", "---\ntitle: 甲\n---\n", "article-field", 1, "缺少「date」"),
    ("impossible date", "---\ntitle: 甲\ndate: 2026-13-40\n---\n", "article-field", 3, "「date」的值「2026-13-40」不对"),
    ("29 February", "---\ntitle: 甲\ndate: 2026-02-29\n---\n", "article-field", 3, "「date」的值「2026-02-29」不对"),
    ("misspelt", "---\ntitle: 甲\ndate: 2026-11-20\npush_dwon: all\n---\n", "article-field", 4, "不认识的键「push_dwon」"),
    ("slug up", "---\ntitle: 甲\ndate: 2026-11-20\nslug: ../../etc\n---\n", "article-field", 4, "「slug」的值「../../etc」不对"),
    ("slug of a list page", "---\ntitle: 甲\ndate: 2026-11-20\nslug: index_2\n---\n", "article-field", 4, "「slug」的值「index_2」不对"),
    ("id with a space", "---\ntitle: 甲\ndate: 2026-11-20\nid: a b\n---\n", "article-field", 4, "「id」的值「a b」格式不对"),
    ("kind", "---\ntitle: 甲\ndate: 2026-11-20\nkind: documnet\n---\n", "article-field", 4, "「kind」不能是「documnet」"),
    ("kind as a list", "---\ntitle: 甲\ndate: 2026-11-20\nkind: [news]\n---\n", "article-field", 4, "「kind」应是一段文字"),
    ("kind as a map", "---\ntitle: 甲\ndate: 2026-11-20\nkind: {a: b}\n---\n", "article-field", 4, "「kind」应是一段文字"),
    ("title as a list", "---\ntitle: [甲]\ndate: 2026-11-20\n---\n", "article-field", 2, "「title」应是一段文字"),
    ("empty title", "---\ntitle: '  '\ndate: 2026-11-20\n---\n", "article-field", 2, "「title」太长或为空"),
    ("gb18030", HEAD.encode("gb18030"), "article-encoding", 2, "不是 UTF-8 编码，看起来是 GB18030"),
    ("big5", HEAD.replace("关", "關").replace("测试", "測試").encode("big5", "ignore"), "article-encoding", 2,
     "不是 UTF-8 编码，看起来是 BIG5"),
    ("utf-16", HEAD.encode("utf-16"), "article-encoding", 1, "不是 UTF-8 编码，看起来是 UTF-16"),
    ("utf-16 without mark", HEAD.encode("utf-16-le"), "article-encoding", 1, "不是 UTF-8 编码，看起来是 UTF-16"),
    ("utf-16 big end", HEAD.encode("utf-16-be"), "article-encoding", 1, "不是 UTF-8 编码，看起来是 UTF-16"),
    ("a picture", b"\x89PNG\r\n\x1a\n\xff\xfe\x00", "article-encoding", 1, "不是 UTF-8 编码，不是文本文件或已损坏"),
    ("10 MB line", f"---\ntitle: 甲\ndate: 2026-11-20\n---\n{'长' * 3_500_000}\n", "article-size", 0, "文件有 10.5 MB，超过 5 MB"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "rule", "line", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_bad_article_says_what_is_wrong_and_where(data: str | bytes, rule: str, line: int, message: str) -> None:
    row, found = read(data)
    assert row is None
    assert [(d.rule, d.line, d.message) for d in found] == [(rule, line, message)]
    assert found[0].hint


def test_a_misspelt_kind_is_told_the_right_one() -> None:
    _, found = read("---\ntitle: 甲\ndate: 2026-11-20\nkind: documnet\n---\n")
    assert found[0].hint == "是否想写 document？"


def test_bad_articles_stop_only_themselves(build_site: Callable[..., Built]) -> None:
    files: dict[str, str | bytes] = {f"content/jilin/tzgg/bad{n:02}.md": case[1] for n, case in enumerate(BROKEN)}
    files |= {"content/jilin/tzgg/good.md": HEAD, "sites/cc.yaml": "name: 甲\nkind: prefecture\nsuperior: jilin\nurl: https://cc.example\n",
              "content/cc/tzgg/good.md": HEAD}  # fmt: skip
    built = build_site(files)
    assert built.exit_code == 1
    assert built.stderr == ""
    assert {d["path"] for d in built.diagnostics} == {f"content/jilin/tzgg/bad{n:02}.md" for n in range(len(BROKEN))}
    for site in ("jilin", "cc"):
        records = (built.output / site / "api" / "articles-2026.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line)["title"] for line in records] == ["关于测试的通知"]


def test_a_line_just_below_the_limit_is_built(build_site: Callable[..., Built]) -> None:
    built = build_site({"content/jilin/tzgg/long.md": HEAD.replace("正文", "长" * 1_600_000)})
    assert built.diagnostics == []


# -- names and addresses ----------------------------------------------------------------------------------------------


def test_an_id_depends_on_the_place_and_on_nothing_in_the_file() -> None:
    row = article(HEAD)
    assert row.id == article(HEAD.replace("关于", "另一个").replace("20 09", "21 10")).id == row.name
    others = [article(HEAD, "yw"), article(HEAD, "tzgg/xia"), article(HEAD, "tzgg", "b.md")]
    assert len({row.id, *(other.id for other in others)}) == 4
    assert row.path == f"tzgg/{row.id}.html"


def test_chinese_and_digit_slugs_never_collide(build_site: Callable[..., Built]) -> None:
    slugs = ["1", "01", "一", "壹", "１", "2026-1", "20261", "2026_1", "通知", "通-知", "tongzhi"]
    built = build_site({
        f"content/jilin/tzgg/{n}.md": f"---\ntitle: 标题之{n}。\ndate: 2026-11-20\nslug: {slug}\n---\n正文。\n"
        for n, slug in enumerate(slugs)
    })  # fmt: skip
    assert built.diagnostics == []
    for n, slug in enumerate(slugs):
        assert f"<h1>标题之{n}。</h1>" in built.html("jilin", f"tzgg/{slug}.html")


def test_a_draft_as_other_programs_write_it_is_told_how_it_is_written_here(build_site: Callable[..., Built]) -> None:
    built = build_site({"content/jilin/tzgg/a.md": "---\ntitle: 甲\ndate: 2026-11-20\ndraft: true\n---\n正文。\n"})
    (found,) = built.diagnostics
    assert (found["rule"], found["line"], found["hint"]) == ("article-field", 4, "是否想写 status: draft？")


def test_an_attachment_named_like_a_variant_of_a_picture_is_named_before_anything_is_built(
    build_site: Callable[..., Built],
) -> None:
    photo = picture("jpeg", (900, 450))
    built = build_site({
        "content/jilin/tzgg/a.md": "---\ntitle: 甲\ndate: 2026-11-20\n---\n\n![图](a.jpg)\n\n"
        "[小图](A.jpg.480.WebP)[别的](b.jpg.480.webp)\n",
        "content/jilin/tzgg/a.jpg": photo,
        "content/jilin/tzgg/A.jpg.480.WebP": picture("webp", (90, 45)),
        "content/jilin/tzgg/b.jpg.480.webp": picture("webp", (90, 45)),
    })  # fmt: skip
    refused, missed = built.diagnostics
    assert (refused["rule"], refused["path"]) == ("article-address", "content/jilin/tzgg/A.jpg.480.WebP")
    assert refused["message"] == "与图片 tzgg/a.jpg 自动生成的缩小版同名，会得到同一个网址"
    assert refused["hint"] == "不需要自己做缩小版，删去即可；是另一张图片就改文件名，如 图2.webp"
    assert (missed["rule"], missed["path"]) == ("link-withheld", "content/jilin/tzgg/a.md")
    assert {"jilin/tzgg/a.jpg.480.webp", "jilin/tzgg/b.jpg.480.webp"} <= built.files().keys()


def test_two_articles_with_one_address_keep_the_first_and_name_the_second(build_site: Callable[..., Built]) -> None:
    files = {
        f"content/jilin/tzgg/{n}.md": f"---\ntitle: 甲{n}\ndate: 2026-11-20\nslug: {s}\n---\n正文。\n"
        for n, s in ((1, "Same"), (2, "same"))
    }
    built = build_site(files)
    (found,) = built.diagnostics
    assert (found["rule"], found["path"]) == ("article-address", "content/jilin/tzgg/2.md")
    assert found["message"] == "与 content/jilin/tzgg/1.md 的网址或编号相同（tzgg/same.html）"
    assert "<h1>甲1</h1>" in built.html("jilin", "tzgg/Same.html")


def test_an_old_address_of_two_articles_leads_to_the_first_and_is_told(build_site: Callable[..., Built]) -> None:
    text = "---\ntitle: {}\ndate: 2026-11-20 09:30\naliases: [{}]\n---\n\n正文。\n"
    built = build_site(
        {
            "content/jilin/tzgg/1.md": text.format("甲", "/old/1.htm"),
            "content/jilin/tzgg/2.md": text.format("乙", "https://www.jl.example/old/1.htm"),
        }
    )
    (finding,) = (d for d in built.diagnostics if d["rule"] == "article-alias")
    assert finding["path"] == "content/jilin/tzgg/2.md"
    assert finding["message"] == (
        "旧网址 https://www.jl.example/old/1.htm 在 content/jilin/tzgg/1.md 里也写了，转到那一篇"
    )
    aliases = json.loads(built.files()["_cluster/aliases.json"])["jilin"]
    assert "<h1>甲</h1>" in built.html("jilin", list(aliases.values())[-1]), "the last of one address holds"


def test_the_second_page_of_x1_is_not_the_column_x12(build_site: Callable[..., Built]) -> None:
    text = "---\ntitle: {}第{}篇\ndate: 2026-10-{:02}\n---\n正文。\n"
    files = {f"content/jilin/x1/{n}.md": text.format("甲", n, n) for n in range(1, 26)}
    files |= {f"content/jilin/{c}/{n}.md": text.format("乙", n, n) for c in ("x12", "x1_2", "x") for n in range(1, 4)}
    built = build_site(files)
    assert built.diagnostics == []
    second = built.html("jilin", "x1/index_2.html")
    assert "甲第5篇" in second
    assert "乙第" not in second.partition("<main")[2]
    for column in ("x12", "x1_2", "x"):
        assert "乙第3篇" in built.html("jilin", f"{column}/")


KEY = "0123456789abcdef"
PAGE = HEAD.replace("title", "kind: page\ntitle")
RESERVED = [
    ("sitemap.md", PAGE), ("404.md", PAGE), ("index.md", PAGE), ("about.md", PAGE.replace("date", "slug: sitemap\ndate")),
    ("about.md", PAGE.replace("date", "slug: '404'\ndate")), ("robots.txt", "Disallow: /"),
    ("tzgg/index.html/a.md", HEAD), ("404.html/a.md", HEAD), ("feed.atom/a.md", HEAD), ("sitemap.xml/a.md", HEAD),
    ("sites.md", PAGE), ("cluster.json", "{}"), ("feed.json", "{}"), ("tzgg/Feed.json", "{}"), (f"{KEY}.txt", "key"),
    ("api/a.md", HEAD), ("theme/a.md", HEAD), ("search/a.md", HEAD), ("_cluster/a.md", HEAD),
]  # fmt: skip


def test_no_file_takes_the_place_of_what_the_platform_makes(build_site: Callable[..., Built]) -> None:
    files = {}
    for n, (path, data) in enumerate(RESERVED):
        files[f"sites/s{n}.yaml"] = (
            f"name: 站点{n}\nkind: department\nsuperior: jilin\nurl: https://s{n}.example\nindexnow_key: {KEY}\n"
        )
        files[f"content/s{n}/{path}"] = data
        files[f"content/s{n}/tzgg/good.md"] = HEAD
    built = build_site(files)
    assert built.stderr == ""
    for n, (path, _) in enumerate(RESERVED):
        assert "<h1>网站地图</h1>" in built.html(f"s{n}", "sitemap.html")
        assert "没有找到这个页面" in built.html(f"s{n}", "404.html")
        assert "Sitemap:" in (built.output / f"s{n}" / "robots.txt").read_text("utf-8")
        assert "关于测试的通知" in built.html(f"s{n}", "tzgg/")
        found = [d for d in built.diagnostics if d["site"] == f"s{n}"]
        assert [d["rule"] for d in found] in ([], ["article-address"], ["file-place"]), path
        assert (built.output / f"s{n}" / f"{KEY}.txt").read_text("utf-8") == KEY
        assert json.loads((built.output / f"s{n}" / "tzgg" / "feed.json").read_text("utf-8"))["items"]
        if found:
            assert found[0]["path"].startswith(f"content/s{n}/" + path.partition("/")[0])


def test_a_column_may_begin_like_a_folder_of_files(build_site: Callable[..., Built]) -> None:
    built = build_site({"content/jilin/files-tongzhi/a.md": HEAD, "content/jilin/imagesnews/b.md": HEAD,
                        "content/jilin/images/a.png": png(), "content/jilin/files/b.pdf": pdf()})  # fmt: skip
    assert built.diagnostics == []
    assert "关于测试的通知" in built.html("jilin", "files-tongzhi/")
    assert (built.output / "jilin" / "images" / "a.png").is_file()


def test_a_page_in_the_sites_own_folder_is_addressed_by_its_name(build_site: Callable[..., Built]) -> None:
    built = build_site({"content/jilin/about.md": "---\ntitle: 关于本站\n---\n说明\n"})
    assert built.diagnostics == []
    page = built.html("jilin", "about.html")
    assert "<h1>关于本站</h1>" in page
    assert "1970" not in page
    assert "about.html" in built.html("jilin", "sitemap.html")


def test_files_that_may_not_be_published_are_named(build_site: Callable[..., Built]) -> None:
    types = ["x.html", "x.svg", "x.js", "noextension"]
    places = ["tzgg/a:b.md", "x y/a.md", "tzgg/a\u202eb.md", "tzgg/a\nb.md"]
    files = {
        **{f"content/jilin/tzgg/{name}": "1" for name in types},
        **{f"content/jilin/{name}": HEAD for name in places},
    }
    built = build_site({**files, "content/jilin/tzgg/good.md": HEAD})
    assert sorted(built.rules()) == ["file-place"] * 4 + ["file-type"] * 4
    assert {d["path"] for d in built.diagnostics if d["rule"] == "file-type"} == {
        f"content/jilin/tzgg/{n}" for n in types
    }
    assert built.html("jilin", "tzgg/").count("关于测试的通知") == 1


def test_links_out_of_the_content_are_not_followed(new_folder: Callable[..., ClusterFolder], tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text(HEAD.replace("测试", "机密"), "utf-8")
    folder = new_folder({"content/jilin/tzgg/good.md": HEAD})
    (folder.root / "content/jilin/tzgg/link.md").symlink_to(secret)
    (folder.root / "content/jilin/linked").symlink_to(tmp_path, target_is_directory=True)
    built = folder.build()
    assert built.rules() == ["file-place", "file-place"]
    assert not any("机密".encode() in data for data in built.files().values())


def test_every_kind_has_a_model_and_a_template_of_its_own_or_none() -> None:
    assert list(kinds.KINDS) == list(models.KINDS)
    templates = {path.stem for path in (PRODUCT_ROOT / "themes/gov/templates/kinds").glob("*.html")}
    assert {kind.name for kind in kinds.KINDS.values() if kind.template} == templates & kinds.KINDS.keys()
    for kind in kinds.KINDS.values():
        assert set(kind.drawn) <= set(models.KINDS[kind.name].model_fields), kind.name


def test_every_kind_of_site_may_be_written() -> None:
    assert set(SITE_KINDS) == set(get_args(Kind))
