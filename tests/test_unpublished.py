"""What is not public: listed, shown on pages of its own, and nowhere in the output."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jiyue.base.reason import Reason
from jiyue.build.options import Options
from jiyue.preview.article_page import ArticlePages, article_page
from jiyue.preview.marks import MARKS, NOINDEX, marked, source_page
from tests.support.cluster import TODAY, ClusterFolder, new_cluster
from tests.support.unpublished import FILES, SHOWN, UNPUBLISHED, Unpublished

NOW = f"{TODAY} 00:00"
OPEN = "content/cc/tzgg/open.md"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    folder = new_cluster(tmp_path_factory.mktemp("unpublished") / "cluster", FILES)
    folder.build()
    return folder


@pytest.fixture(scope="module")
def pages(built: ClusterFolder) -> ArticlePages:
    return ArticlePages(Options(built.root, built.root / "output", now=NOW))


def state(root: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_size)
        for folder in ("output", ".jiyue/store")
        for path in (root / folder).rglob("*")
    }


def listed(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jiyue", "list", *args, "--root", str(root), "--today", TODAY]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_output_is_free_of_what_is_not_public(built: ClusterFolder) -> None:
    words = [word.encode() for one in UNPUBLISHED for word in one.words]
    seen = 0
    for path in (built.root / "output").rglob("*"):
        if path.is_file() and path.name != "withheld.json":  # for the publisher, of paths alone; never published
            data = path.read_bytes() + str(path).encode()
            seen += data.count("公开的正文".encode())
            assert not [word for word in words if word in data], path
    assert seen


def test_the_list_says_what_is_not_public_why_and_who_is_next(built: ClusterFolder) -> None:
    found = json.loads(listed(built.root, "--format", "json").stdout)
    assert {row["path"]: row["reasons"] for row in found} == {one.path: [one.reason] for one in UNPUBLISHED}
    rows = {row["path"].rpartition("/")[2][:-3]: row for row in found}
    assert {name: row["title"] for name, row in rows.items()} == {
        one.name: f"关于{one.words[0]}的通知" for one in UNPUBLISHED
    }
    assert (rows["later"]["until"], rows["over"]["since"], rows["gone"]["since"]) == (
        "2026-12-01 09:00", "2026-11-21 09:00", "2026-11-22 09:00",
    )  # fmt: skip
    assert rows["unseen"]["next"] == "缺初审、终审，由初审岗、终审岗审核"
    assert rows["slip"]["findings"][0]["rule"] == "link-broken"
    text = listed(built.root, "withheld", "cc").stdout
    assert text.startswith("长春市人民政府（cc）\n  【有错误】关于titlebrokenzz的通知\n    content/cc/tzgg/broken.md\n")
    assert text.endswith("没有公开的稿件共 4 篇：疑似涉密 1 篇、含个人信息 1 篇、有错误 2 篇。\n")
    assert "    第 5 行：「updated」的值「明天」不对\n" in text
    assert listed(built.root, "jilin").stdout == "没有这样的稿件。\n"


def test_a_public_article_s_page_is_the_one_that_the_build_wrote(built: ClusterFolder, pages: ArticlePages) -> None:
    before = state(built.root)
    page = pages.page("cc", OPEN, SHOWN.encode())
    assert page.html == (built.root / "output" / "cc" / page.path).read_text("utf-8")
    assert article_page(built.root, "cc", OPEN, SHOWN.encode(), NOW) == page.html
    changed = pages.page("cc", OPEN, SHOWN.replace("公开的正文", "还没有保存的字").encode())
    assert "还没有保存的字" in changed.html
    assert changed.path == page.path
    assert state(built.root) == before


@pytest.mark.parametrize("one", UNPUBLISHED, ids=lambda one: one.name)
def test_an_article_that_is_not_public_looks_as_it_will(pages: ArticlePages, one: Unpublished) -> None:
    page = pages.page("cc", one.path, one.text.encode())
    title, body, file, inside = one.words
    if one.name == "broken":
        assert page.html == ""
        assert [found.rule for found in page.findings] == ["article-field"]
        return
    assert f"关于{title}的通知</h1>" in page.html
    assert body in page.html
    assert f'href="{file}.pdf"' in page.html
    assert f'src="{file}.png"' in page.html
    assert "长春市人民政府" in page.html
    assert inside.encode() in (pages.file("cc", f"{one.folder}/{file}.pdf") or b"")
    assert (pages.file("cc", f"{one.folder}/{file}.png.1.webp") or b"")[:4] == b"RIFF"


@pytest.mark.parametrize(
    "path", ["../jilin/x.pdf", "tzgg/open.md", "tzgg/../tzgg/open.pdf", "/etc/a.txt", "tzgg/.x.pdf", "a\0.pdf"]
)
def test_only_attachments_of_the_site_are_given(pages: ArticlePages, path: str) -> None:
    assert pages.file("cc", path) is None


def test_the_mark_says_why_and_what_was_found(pages: ArticlePages) -> None:
    broken = next(one for one in UNPUBLISHED if one.name == "broken")
    findings = pages.page("cc", broken.path, broken.text.encode()).findings
    html = marked(source_page("broken.md", broken.text), Reason.ERROR, findings, notes=["下一步 <初审>"])
    assert html.index(MARKS[Reason.ERROR]) < html.index("<main>")
    assert NOINDEX in html.partition("</head>")[0]
    assert "<title>【有错误】broken.md</title>" in html
    assert "第 5 行　错误 <code>article-field</code>：「updated」的值「明天」不对<br>处理办法：" in html
    assert "下一步 &lt;初审&gt;" in html
    assert "updated: 明天" in html
    sheet = marked("<head></head><body></body>", Reason.DRAFT, sheet="/mark.css")
    assert '<link rel="stylesheet" href="/mark.css">' in sheet
    assert "<style>" not in sheet
    assert "<details" not in sheet
