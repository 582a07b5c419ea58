"""Files in the wrong place, empty and duplicate articles: reported with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import docx
import pytest

from tests.support.cluster import Built, ClusterFolder

HEAD = "---\ntitle: 通知\ndate: 2026-11-20 09:00\n---\n"
GOOD = HEAD + "正文。\n"


def told(built: Built) -> list[tuple[str, str, str, str]]:
    return [(d["rule"], d["path"], d["message"], d["hint"]) for d in built.diagnostics]


@pytest.mark.parametrize("body", ["", "\n\n  \n", "<!-- 待写 -->\n"])
def test_an_article_without_a_body_is_told(build_site: Callable[..., Built], body: str) -> None:
    built = build_site({"content/jilin/yw/a.md": HEAD + body})
    assert [(d["rule"], d["line"], d["message"]) for d in built.diagnostics] == [("article-empty", 5, "正文是空的")]
    assert built.exit_code == 0


def test_a_kind_whose_fields_are_the_page_needs_no_body(build_site: Callable[..., Built]) -> None:
    extra = {
        "a": "kind: guide\nsteps: [来]",
        "b": "kind: survey\nopens: 2026-11-01\ncloses: 2026-12-01",
        "c": "layout: topic",
    }
    built = build_site({
        f"content/jilin/yw/{name}.md": HEAD.replace("date", f"{more}\ndate").replace("通知", f"标题{name}") for name, more in extra.items()
    })  # fmt: skip
    assert built.rules() == ["guide-elements"], "what it lacks is another matter than an empty page"


@pytest.mark.parametrize(
    "name",
    ["a - 副本.md", "a - 副本 (2).md", "a 副本2.md", "副本 a.md", "复件 a.md", "a (1).md", "a（1）.md", "a(12).md",
     "a copy.md", "a copy 2.md", "a - Copy.md", "Copy of a.md"],
)  # fmt: skip
def test_a_copy_is_told(build_site: Callable[..., Built], name: str) -> None:
    built = build_site({f"content/jilin/yw/{name}": GOOD})
    assert told(built) == [
        ("article-copy", f"content/jilin/yw/{name}", f"文件名「{name}」像是副本",
         "是多余的一份就删去；确实是另一篇，就改文件名，如 20261120-tongzhi.md")
    ]  # fmt: skip


def test_names_that_are_no_copies(build_site: Callable[..., Built]) -> None:
    names = [
        "关于副本制度的通知",
        "copyright",
        "photocopy",
        "20261120-2",
        "2026年(修订)",
        "第(一)批",
        "(2026)1号",
        "a(2026)",
    ]
    built = build_site({f"content/jilin/yw/{name}.md": GOOD.replace("通知", name) for name in names})
    assert built.diagnostics == []


def test_an_article_in_content_itself_belongs_to_no_site(build_site: Callable[..., Built]) -> None:
    built = build_site(
        {"content/a.md": GOOD, "content/b.docx": b"x", "content/README.md": "#", "content/jilin/yw/a.md": GOOD}
    )
    message, hint = "文章直接放在 content/ 下，不属于任何站点，不会发布", "移到站点的栏目目录里，如 content/jilin/tzgg/"
    assert told(built) == [("site-orphan", f"content/{name}", message, hint) for name in ("a.md", "b.docx")]


def test_an_article_in_its_sites_folder_is_told_that_no_list_shows_it(build_site: Callable[..., Built]) -> None:
    built = build_site({
        "content/jilin/20261120-a.md": GOOD,
        "content/jilin/about.md": "---\ntitle: 关于\n---\n说明。\n",
        "content/jilin/help.md": GOOD.replace("title", "kind: page\ntitle"),
    })  # fmt: skip
    assert told(built) == [
        ("article-stray", "content/jilin/20261120-a.md", "文章直接放在站点目录下，不属于任何栏目，列表里没有它",
         "移到栏目的目录里，如 content/jilin/tzgg/；是「关于本站」这样的单页，就加一行 kind: page")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rule", "message", "hint"),
    [
        ("A.MD", "file-type", "「A.MD」是文章，但扩展名不是小写的 .md", "把文件名改成 A.md"),
        ("a.Markdown", "file-type", "「a.Markdown」是文章，但扩展名不是小写的 .md", "把文件名改成 a.md"),
        ("a.html", "file-type", "「a.html」是网页文件，不能直接发布",
         "把标题和正文写进一篇 .md 文章（网页由平台生成），删去这个文件"),
        ("tongzhi", "file-type", "「tongzhi」没有扩展名", "是文章就改成 tongzhi.md；是附件就补上扩展名，如 .pdf"),
        ("a.docx", "file-unused", "1 个 Word 文件没有文章引用，不发布：a.docx",
         "Word 文件不会变成文章：运行 jiyue new article 新建一篇，把文字贴进去；是附件就在文章里链接它；不需要的删去"),
        ("a.wps", "file-unused", "1 个 Word 文件没有文章引用，不发布：a.wps",
         "Word 文件不会变成文章：运行 jiyue new article 新建一篇，把文字贴进去；是附件就在文章里链接它；不需要的删去"),
        ("a.txt", "file-unused", "1 个纯文本文件没有文章引用，不发布：a.txt",
         "是文章就用 jiyue import markdown 导入，或改成 .md 文件并写上标题和日期；是附件就在文章里链接它；不需要的删去"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_article_says_what_it_is_and_what_takes_it(
    new_folder: Callable[..., ClusterFolder], name: str, rule: str, message: str, hint: str
) -> None:
    text = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) if name.endswith(".wps") else GOOD.encode()
    if name.endswith(".docx"):
        word = BytesIO()
        docx.Document().save(word)
        text = word.getvalue()
    folder = new_folder({f"content/jilin/yw/{name}": text, "content/jilin/yw/b.md": GOOD})
    path = f"content/jilin/yw/{name}"
    found = [d for d in folder.build().diagnostics if d["rule"] == rule]
    assert [(d["path"], d["message"], d["hint"]) for d in found] == [(path, message, hint)]


def test_files_of_one_sort_are_told_together(build_site: Callable[..., Built]) -> None:
    files: dict[str, str | bytes] = {f"content/jilin/yw/{n}.txt": "文字" for n in range(7)}
    built = build_site(files | {"content/jilin/yw/a.md": GOOD, "content/jilin/yw/x.csv": "a"})
    assert [(path, message) for _, path, message, _ in told(built)] == [
        ("content/jilin/yw", "1 个文件没有文章引用，不发布：x.csv"),
        ("content/jilin/yw", "7 个纯文本文件没有文章引用，不发布：0.txt、1.txt、2.txt、3.txt、4.txt 等"),
    ]
