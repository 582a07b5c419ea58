"""Previews of a change: its pages at an unguessable path, not indexed, with a comparison."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jiyue.preview.changeset import changed_pages, make_preview, token_for, visible_text
from jiyue.publish.release.maker import ReleaseSite
from tests.publish.release_sample import CC, put, write_site

OTHER = ReleaseSite("jilin", "https://www.jl.example")


def outputs(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        write_site(folder, {"x": "不变"}, site=OTHER)
    write_site(before, {"a": "旧标题", "b": "要删的"})
    write_site(after, {"a": "新<标题", "c": "新增的"}, assets="89abcdef")
    return before, after


def test_the_list_names_each_page_that_reads_differently(tmp_path: Path) -> None:
    before, after = outputs(tmp_path)
    pages = changed_pages("changchun", before / "changchun", after / "changchun")
    assert [(p.state, p.url, p.title) for p in pages] == [
        ("added", "/tzgg/c.html", "新增的"), ("changed", "/tzgg/a.html", "新<标题"),
        ("changed", "/tzgg/", "通知公告"), ("removed", "/tzgg/b.html", "要删的"),
    ]  # fmt: skip
    assert "正文：旧标题。" in pages[1].before
    assert changed_pages("jilin", before / "jilin", after / "jilin") == []


def test_a_preview_holds_only_what_differs_and_is_not_indexed(tmp_path: Path) -> None:
    before, after = outputs(tmp_path)
    put(after / "changchun/gk.html", '<html><head></head><body><a href="https://www.jl.example/x">上级</a>'
        '<a href="https://www.cc.example/tzgg/">通知</a><img src=/p.png srcset="/a.png 1x, /b.png 2x"></body></html>',
    )  # fmt: skip
    made = make_preview(before, after, tmp_path / "preview", [CC, OTHER], "t0k3n")
    assert not (made.folder / "jilin").exists()
    for path in made.folder.rglob("*.html"):
        assert 'content="noindex' in path.read_text(), path
    assert (tmp_path / "preview/robots.txt").read_text() == "User-agent: *\nDisallow: /\n"
    page = (made.folder / "changchun/gk.html").read_text()
    assert 'href="https://www.jl.example/x"' in page
    assert 'href="/t0k3n/changchun/tzgg/"' in page
    assert "src=/t0k3n/changchun/p.png" in page
    assert 'srcset="/t0k3n/changchun/a.png 1x, /t0k3n/changchun/b.png 2x"' in page
    for path in made.folder.rglob("*.html"):
        for target in re.findall(r'(?:href|src)="(/[^"]*)"', path.read_text()):
            assert target.startswith("/t0k3n/"), path
    listed = (made.folder / "index.html").read_text()
    assert "预览：5 个页面有变化" in listed
    assert "<ins>+ 新&lt;标题</ins>" in listed or "新&lt;标题" in listed
    assert "<del>" in listed


def test_a_new_and_a_removed_site_are_shown(tmp_path: Path) -> None:
    before, after = outputs(tmp_path)
    new = ReleaseSite("siping", "https://www.sp.example")
    write_site(after, {"n": "新站"}, site=new)
    made = make_preview(before, after, tmp_path / "p", [new], "t")
    assert {p.state for p in made.pages} == {"added"}
    made = make_preview(after, before, tmp_path / "q", [new], "t")
    assert {p.state for p in made.pages} == {"removed"}


def test_tokens_can_not_be_guessed() -> None:
    assert token_for("pr-1") != token_for("pr-1")
    assert token_for("pr-1", b"s") == token_for("pr-1", b"s") != token_for("pr-2", b"s")
    assert re.fullmatch("[0-9a-f]{32}", token_for("pr-1"))


@given(st.lists(st.text("甲乙<>&丙", min_size=1), min_size=1))
def test_scripts_and_styles_are_not_text(words: list[str]) -> None:
    import html  # noqa: PLC0415

    page = "".join(f"<p>{html.escape(w)}</p><script>var 丁</script><style>戊</style>" for w in words)
    title, text = visible_text("<title>题</title>" + page)
    assert title == "题"
    assert text.split("\n") == words
