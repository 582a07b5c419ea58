"""What is not public: listed, shown on pages of its own, and nowhere in the output."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from jiyue.base.git import GitError
from jiyue.base.reason import Reason
from jiyue.build.options import Known, Options
from jiyue.build.source_check import check
from jiyue.catalogue.sources import source_bytes
from jiyue.preview.article_page import ArticlePages, article_page
from jiyue.preview.for_reviewers import checkout, preview_revision, to_branch
from jiyue.preview.marks import MARKS, NOINDEX, marked, source_page
from jiyue.preview.server import Server
from jiyue.preview.unpublished_pages import UnpublishedPages
from jiyue.preview.watcher import Live
from tests.conftest import WRITTEN
from tests.support.browser import axe
from tests.support.cluster import TODAY, Built, ClusterFolder, new_cluster
from tests.support.commands import SETTLED, Ended, jiyue
from tests.support.samples import png
from tests.support.unpublished import FILES, SHOWN, UNPUBLISHED, Unpublished

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOW = f"{TODAY} 00:00"
OPEN = "content/cc/tzgg/open.md"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    folder = new_cluster(tmp_path_factory.mktemp("unpublished") / "cluster", FILES)
    time.sleep(SETTLED)
    folder.build()
    return folder


@pytest.fixture(scope="module")
def pages(built: ClusterFolder) -> ArticlePages:
    return ArticlePages(Options(built.root, built.root / "output", now=NOW))


def state(root: Path, *folders: str) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_size)
        for folder in folders or ("output", ".jiyue/store")
        for path in (root / folder).rglob("*")
    }


def listed(root: Path, *args: str) -> Ended:
    return jiyue("list", *args, "--root", str(root), "--today", TODAY)


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
    document = pages.file("cc", f"{one.folder}/{file}.pdf")
    assert isinstance(document, Path)
    assert inside.encode() in document.read_bytes()
    picture = pages.file("cc", f"{one.folder}/{file}.png.1.webp")
    assert isinstance(picture, bytes)
    assert picture[:4] == b"RIFF"


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


@pytest.fixture(scope="module")
def preview(built: ClusterFolder) -> Iterator[Server]:
    options = Options(built.root, built.root / "output", now=NOW, jobs=1)
    live = Live(options, check(options), lambda *_: None)
    server = Server(options.output, 0, live)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server
    server.close()
    thread.join()


def ask(server: Server, path: str) -> tuple[int, str, bytes]:
    """(status, where it led, body)."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=30) as answer:
            return answer.status, urlsplit(answer.url).path, answer.read()
    except urllib.error.HTTPError as problem:
        return problem.code, path, problem.read()


def addresses(server: Server) -> list[str]:
    return re.findall(r'<li><a href="\./([^"]+)"', ask(server, "/_unpublished/cc/")[2].decode())


def test_the_preview_shows_them_in_a_tree_of_their_own(built: ClusterFolder, preview: Server) -> None:
    before = state(built.root)
    assert '<a href="/_unpublished/cc/">长春市人民政府（9）</a>' in ask(preview, "/")[2].decode()
    found = addresses(preview)
    assert len(found) == len(UNPUBLISHED)
    shown = {address: ask(preview, f"/_unpublished/cc/{address}")[2].decode() for address in found}
    for one in UNPUBLISHED:
        (html,) = (html for html in shown.values() if one.words[1] in html)
        assert MARKS[one.reason] in html.partition("<main")[0]
        assert NOINDEX in html
        assert one.words[0] in html
        assert "/_live.js" in html
    assert "缺初审、终审，由初审岗、终审岗审核" in next(html for html in shown.values() if "bodyunseenzz" in html)
    assert state(built.root) == before


@pytest.mark.parametrize(
    ("path", "status", "led"),
    [
        ("cc/tzgg/filedraftzz.pdf", 200, "/_unpublished/cc/tzgg/filedraftzz.pdf"),
        ("cc/tzgg/filedraftzz.png.1.webp", 200, "/_unpublished/cc/tzgg/filedraftzz.png.1.webp"),
        ("cc/tzgg/index.html", 200, "/cc/tzgg/index.html"),
        ("cc/theme/icon.svg", 200, "/_unpublished/cc/theme/icon.svg"),
        ("jilin/", 200, "/_unpublished/jilin/"),
        ("cc/../../sites/cc.yaml", 404, "/_unpublished/cc/../../sites/cc.yaml"),
        ("cc/../jilin.yaml", 404, "/_unpublished/cc/../jilin.yaml"),
        ("cc/tzgg/draft.md", 404, "/_unpublished/cc/tzgg/draft.md"),
        ("nowhere/", 404, "/_unpublished/nowhere/"),
    ],
)
def test_what_else_is_asked_for_there(preview: Server, path: str, status: int, led: str) -> None:
    assert ask(preview, f"/_unpublished/{path}")[:2] == (status, led)


def test_a_draft_is_shown_as_it_is_now_with_what_a_check_will_find(built: ClusterFolder, preview: Server) -> None:
    draft = UNPUBLISHED[0]
    try:
        built.write({draft.path: f"{draft.text}\n刚写的字。身份证号220102199003078517，见[表](没有.pdf)。\n"})
        html = ask(preview, "/_unpublished/cc/tzgg/draft.md.html")[2].decode()
    finally:
        built.write({draft.path: draft.text})
    assert "刚写的字" in html
    assert "<code>privacy-id-number</code>" in html
    assert "「没有.pdf」不存在" in html


def test_a_cluster_without_any_is_not_even_asked(pages: ArticlePages) -> None:
    known = pages.known
    summary = replace(known.summaries["cc"], hidden=[], drafts=[])
    given = UnpublishedPages(pages.options, Known(known.registry, {**known.summaries, "cc": summary}), [])
    assert given.counts == {}
    assert "没有这样的稿件" in given.index("cc")


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "private.md").write_text("---\ntitle: 别人的文件\ndate: 2026-11-20\n---\n别处的字。\n", "utf-8")
    folder = new_cluster(tmp_path / "cluster", FILES)
    (folder.root / "content/cc/tzgg/link.md").symlink_to(tmp_path / "private.md")
    (folder.root / "content/cc/tzgg/filedraftzz.pdf").unlink()
    (folder.root / "content/cc/tzgg/filedraftzz.pdf").symlink_to(tmp_path / "private.md")
    options = Options(folder.root, folder.root / "output", now=NOW, jobs=1)
    report = check(options)
    assert report.known
    given = UnpublishedPages(options, report.known, report.diagnostics)
    (row,) = (row for row in given.rows("cc") if row.path.endswith("link.md"))
    html = given.page(row)
    assert "<code>file-place</code>" in html
    assert "别处的字" not in html + row.title
    assert "别人的文件" not in html + row.title
    assert given.file("cc", "tzgg/filedraftzz.pdf") is None


def test_the_marked_pages_in_a_browser(preview: Server, browser: Browser) -> None:
    base = f"http://localhost:{preview.port}/_unpublished/cc/"
    unseen = next(a for a in addresses(preview) if a.startswith("yw/"))
    for width, path in ((390, unseen), (1280, "tzgg/broken.md.html"), (390, "")):
        with browser.new_page(viewport={"width": width, "height": 800}) as page:
            page.goto(base + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert axe(page) == []
            if path:
                box = page.locator(".jiyue-mark").bounding_box()
                assert box
                assert (box["x"], box["y"], box["width"]) == (0, 0, width)


_LOADED = re.compile(r'\s(?:href|src|poster|action)="([^"]*)"|srcset="([^" ]*)')


def is_complete(folder: Path, page: Path) -> bool:
    """Whether all that a page of a preview leads to is beside it or has a complete address."""
    for first, second in _LOADED.findall(page.read_text("utf-8")):
        address = unquote((first or second).partition("#")[0].partition("?")[0])
        if address and not re.match(r"https?:|mailto:|tel:", address):
            file = (page.parent / address).resolve()
            assert file.is_file(), (page, address)
            assert file.is_relative_to(folder)
    return True


def run(root: Path, *args: str) -> str:
    done = jiyue("preview", *args, "--root", str(root), "--today", TODAY, "--jobs", "1")
    return done.stdout + done.stderr


def test_a_preview_for_reviewers_is_complete_and_without_what_is_sensitive(
    built: ClusterFolder, tmp_path: Path
) -> None:
    before = state(built.root, "output")
    said = run(built.root, "--drafts", "cc", "--to", str(tmp_path))
    assert said.startswith("5 篇稿件的预览：")
    assert "疑似涉密、含个人信息或者已撤下的 3 篇没有写进预览" in said
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert re.fullmatch(r"[0-9a-f]{32}", folder.name)
    assert (tmp_path / "robots.txt").read_text() == "User-agent: *\nDisallow: /\n"
    pages = sorted(folder.rglob("*.html"))
    assert len(pages) == 6
    assert all(is_complete(folder, page) and NOINDEX in page.read_text("utf-8") for page in pages)
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for one in UNPUBLISHED:
        title, body, _, inside = (word.encode() for word in one.words)
        kept = one.reason in (Reason.DRAFT, Reason.SCHEDULED, Reason.UNAPPROVED, Reason.ERROR)
        seen = (title in everything, body in everything, inside in everything)
        assert seen == (kept, kept, kept and one.name != "broken"), one.name
    assert b'href="https://www.cc.example/tzgg/"' in everything
    assert state(built.root, "output") == before


def test_what_was_not_inspected_counts_as_sensitive(tmp_path: Path) -> None:
    gbk = "---\ntitle: 名单\ndate: 2026-11-20\n---\n身份证号220102199003078517。\n".encode("gb18030")
    folder = new_cluster(tmp_path, {**FILES, "content/cc/tzgg/gbk.md": gbk})
    options = Options(folder.root, folder.root / "output", now=NOW, jobs=1)
    report = check(options)
    assert report.known
    given = UnpublishedPages(options, report.known, report.diagnostics)
    assert {row.path.rpartition("/")[2][:-3] for row in given.rows("cc") if given.shown(row).sensitive} == {
        "person",
        "secret",
        "gbk",
    }


@pytest.mark.parametrize("inside", ["", "cluster"])
def test_a_checkout_is_of_that_commit_and_leaves_the_repository_alone(tmp_path: Path, inside: str) -> None:
    def git(*args: str) -> str:
        who = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", "-C", str(tmp_path), *who, *args], capture_output=True, text=True, check=True
        ).stdout

    git("init", "-q")
    root = tmp_path / inside
    root.mkdir(exist_ok=True)
    for text in ("一", "二"):
        (root / "a.md").write_text(text, "utf-8")
        git("add", ".")
        git("commit", "-qm", text)
    before = git("for-each-ref"), git("worktree", "list"), git("status", "--porcelain")
    with checkout(root, git("rev-parse", "HEAD~1").strip()) as folder:
        assert (folder / "a.md").read_text("utf-8") == "一"
        copy = folder
    assert not copy.exists()
    assert (git("for-each-ref"), git("worktree", "list"), git("status", "--porcelain")) == before


def test_what_a_branch_brings_is_previewed_before_it_is_merged(built: ClusterFolder, tmp_path: Path) -> None:
    folder = new_cluster(tmp_path / "repository" / "cluster", FILES)

    def git(*args: str) -> str:
        who = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", "-C", str(folder.root), *who, *args], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(message: str) -> None:
        git("add", ".")
        git("commit", "-qm", message)

    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "repository")], check=True)
    commit("一")
    git("checkout", "-qb", "drafts/cc/abc")
    folder.write(
        {
            OPEN: SHOWN.replace("公开的正文", "改过的正文"),
            "content/cc/tzgg/new.md": UNPUBLISHED[4].text.replace("unseen", "fresh"),
        }
    )
    folder.write({"content/cc/tzgg/filelaterzz.png": png("new picture")})
    folder.remove("content/cc/tzgg/over.md")
    commit("二")
    git("checkout", "-q", "main")
    before = git("status", "--porcelain", "--branch", "--ignored")
    said = run(folder.root, "--rev", "drafts/cc/abc", "--branch", "previews")
    assert said.startswith("3 篇稿件的预览："), said
    assert "这个分支删去 1 篇：content/cc/tzgg/over.md" in said
    assert git("status", "--porcelain", "--branch", "--ignored") == before
    files = git("ls-tree", "-r", "--full-tree", "--name-only", "previews").splitlines()
    assert {".nojekyll", "robots.txt"} < set(files)
    (listed,) = (path for path in files if re.fullmatch(r"[0-9a-f]{32}/index.html", path))
    assert "drafts/cc/abc 带来的稿件：3 篇" in git("show", f"previews:{listed}")
    pages = [git("show", f"previews:{path}") for path in files if path.endswith(".html") and path != listed]
    assert [f"{MARKS[Reason.NONE]}</p><p>合并后公开</p>" in page for page in pages if "改过的正文" in page] == [True]
    assert [MARKS[Reason.ERROR] in page for page in pages if "bodyfreshzz" in page] == [True]  # its files are missing
    assert [MARKS[Reason.SCHEDULED] in page for page in pages if "bodylaterzz" in page] == [True]  # its picture changed
    with pytest.raises(GitError, match="分支 main 里有别的文件"):
        to_branch(folder.root, tmp_path / "repository", "main")
    with pytest.raises(GitError, match="git rev-parse 没有成功"):
        preview_revision(Options(folder.root, folder.root / "output"), tmp_path / "to", "0" * 32, "nothing")


@pytest.mark.parametrize("site", ["jilin", "changchun"])
def test_every_page_of_the_demonstration_is_the_one_that_the_build_wrote(demonstration: Built, site: str) -> None:
    root, output = demonstration.root, demonstration.output
    given = ArticlePages(Options(root, output, now=f"{WRITTEN} 00:00", jobs=1))
    lines = (
        line
        for file in (output / site / "api").glob("articles-*.jsonl")
        for line in file.read_text("utf-8").splitlines()
    )
    own = [row for row in map(json.loads, lines) if row["source_path"].startswith(f"content/{site}/")]
    assert len(own) > 20
    for row in own:
        page = given.page(site, row["source_path"], source_bytes(root, row["source_path"]))
        assert page.html == (output / site / page.path).read_text("utf-8"), row["source_path"]
    assert any(":" in row["source_path"] for row in own)  # rows of ledgers, too
