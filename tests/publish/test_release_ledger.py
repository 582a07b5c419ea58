"""The URL ledger: no published address is lost, branches merge, equal content gives an equal file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiyue.registry import url_ledger
from jiyue.registry.url_ledger import Entry

TODAY = date(2026, 11, 23)
urls = st.from_regex(r"/[a-z\u4e00-\u4e10% ]{1,6}(/|\.html)?", fullmatch=True)


def test_a_rename_redirects_a_withdrawal_is_gone_the_rest_is_reported() -> None:
    first = url_ledger.update({}, {"/a.html", "/b.html", "/c.html", "/d.html"}, {}, {}, TODAY)
    now = {"/a.html", "/b2.html"}
    second = url_ledger.update(first, now, {"/b.html": "/b2.html"}, {"/c.html": "内容 有误"}, TODAY)
    assert url_ledger.text_of(second) == (
        "/a.html\n/b.html -> /b2.html\n/b2.html\n/c.html gone 2026-11-23 内容 有误\n/d.html\n"
    )
    (lost,) = url_ledger.check(url_ledger.parse(url_ledger.text_of(second), "changchun")[0], now, "changchun")
    assert str(lost) == (
        "sites/ledger/changchun.txt:5: 错误 [url-lost] 曾发布的网址 /d.html 将打不开。\n"
        "    处理办法：若已改名，在稿件 aliases 中写旧网址；若已删除，把该行改为“网址 gone 日期 原因”或“网址 -> 目标”。"
    )
    assert url_ledger.answers(second, now) == url_ledger.Answers({"/b.html": "/b2.html"}, ["/c.html"])


def test_renames_in_a_row_lead_there_in_one_step_and_circles_are_found() -> None:
    book, _ = url_ledger.parse(
        "/a -> /b\n/b -> /c\n/x -> /y\n/y -> /x\n/z -> https://else.example/\n/g -> /h\n/h gone\n", "s"
    )
    assert url_ledger.answers(book, {"/c"}).redirects == {
        "/a": "/c", "/b": "/c", "/z": "https://else.example/", "/g": "/h",
    }  # fmt: skip
    assert [d.message for d in url_ledger.check(book, {"/c"}, "s")] == [
        "/x 跳转到 /y，到不了任何页面。", "/y 跳转到 /x，到不了任何页面。",
    ]  # fmt: skip


def test_a_page_that_returns_takes_its_address_back() -> None:
    book, _ = url_ledger.parse("/a gone 2020-01-01 错\n/b -> /c\n", "s")
    again = url_ledger.update(book, {"/a", "/b", "/c"}, {}, {}, TODAY)
    assert url_ledger.text_of(again) == "/a\n/b\n/c\n"


@pytest.mark.parametrize("url", ["/tzgg/index_7.html", "/tzgg/index7.html", "/tzgg/page/7/", "/tzgg/page7.html"])
def test_a_list_that_shrinks_keeps_the_addresses_of_its_later_pages(url: str) -> None:
    book = url_ledger.update(url_ledger.update({}, {"/tzgg/", url}, {}, {}, TODAY), {"/tzgg/"}, {}, {}, TODAY)
    assert book[url].to == "/tzgg/"
    assert url_ledger.check(book, {"/tzgg/"}, "s") == []


def test_a_line_that_can_not_be_read_is_shown() -> None:
    _, (bad,) = url_ledger.parse("/a\n/b => /c\n", "changchun")
    assert (bad.line, bad.message) == (2, "台账第 2 行读不懂：/b => /c")


def test_branches_merged_by_union_say_the_more_telling_thing() -> None:
    book, _ = url_ledger.parse("/a\n/a -> /b\n/a gone\n/c -> /d\n/c\n", "s")
    assert url_ledger.text_of(book) == "/a gone\n/c -> /d\n"


def test_assets_and_data_are_not_addresses() -> None:
    files = [
        "index.html",
        "tzgg/index.html",
        "tzgg/a.html",
        "tzgg/a/附件.pdf",
        "theme/x.css",
        "api/a.jsonl",
        "404.html",
    ]
    assert url_ledger.addresses(files) == {"/", "/tzgg/", "/tzgg/a.html", "/tzgg/a/附件.pdf"}


def test_the_file_is_written_only_when_it_differs(tmp_path: Path) -> None:
    book = {"/b": Entry("/b"), "/a": Entry("/a")}
    assert url_ledger.write(tmp_path, "s", book)
    assert not url_ledger.write(tmp_path, "s", dict(reversed(book.items())))
    assert url_ledger.read(tmp_path, "s")[0].keys() == book.keys()


entries = st.builds(Entry, urls, st.sampled_from(["", "/x y", "https://a.example/%E4"]), st.just(False)) | st.builds(
    Entry, urls, st.just(""), st.just(True), st.just("2026-11-23"), st.sampled_from(["", "撤回", "a b"])
)


@given(st.lists(entries))
def test_what_is_written_is_read_again(rows: list[Entry]) -> None:
    book = {row.url: row for row in rows}
    text = url_ledger.text_of(book)
    again, bad = url_ledger.parse(text, "s")
    assert bad == []
    assert url_ledger.text_of(again) == text
    assert again.keys() == book.keys()


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sets(urls, max_size=5),
            st.dictionaries(urls, urls, max_size=3),
            st.dictionaries(urls, st.just("撤回"), max_size=3),
        ),
        max_size=5,
    )
)
def test_no_address_once_published_ever_answers_404_unreported(
    history: list[tuple[set[str], dict[str, str], dict[str, str]]],
) -> None:
    book: dict[str, Entry] = {}
    ever: set[str] = set()
    for published, aliases, gone in history:
        book = url_ledger.update(book, published, aliases, gone, TODAY)
        ever |= published
        reread, _ = url_ledger.parse(url_ledger.text_of(book), "s")
        lines = {d.line for d in url_ledger.check(reread, published, "s")}
        told = {e.url for e in reread.values() if e.line in lines}
        served = url_ledger.answers(book, published)
        for url in ever:
            assert (url in published) + (url in served.redirects) + (url in served.gone) + (url in told) == 1
        for target in served.redirects.values():
            assert target in published or target in served.gone or target.startswith("https:")


def test_an_emptied_columns_list_and_feeds_lead_to_those_above() -> None:
    old = {u: Entry(u) for u in ("/a/b/", "/a/b/feed.atom", "/a/b/x.html", "/a/feed.rss")}
    made = url_ledger.update(old, {"/", "/a/", "/feed.atom"}, {}, {}, TODAY)
    assert {u: e.to for u, e in made.items() if e.to} == {"/a/b/": "/a/", "/a/b/feed.atom": "/feed.atom"}
    assert url_ledger.update({"/z/": Entry("/z/")}, {"/"}, {}, {}, TODAY)["/z/"].to == "/"


PIECES = ["/", "..", ".", "a", "h", " ", "\n", "%", "%2e", "->", " gone ", "*", "\u3000", "\x85", "#", "?", "://", "旧"]
WEIRD = st.one_of(st.text(st.characters(), max_size=12), st.lists(st.sampled_from(PIECES)).map("".join))


@given(alias=WEIRD, why=WEIRD)
@settings(max_examples=400, deadline=None)
def test_an_old_address_is_refused_or_its_line_reads_back(alias: str, why: str) -> None:
    book = url_ledger.update({}, {"/new.html"}, {}, {}, TODAY)
    if not url_ledger.alias_problem(alias):
        book = url_ledger.update(book, {"/new.html"}, {url_ledger.old_address(alias, ""): "/new.html"}, {}, TODAY)
        assert url_ledger.old_address(alias, "") in book
    book |= {"/gone.html": Entry("/gone.html")}
    book = url_ledger.update(book, {"/new.html"}, {}, {"/gone.html": why}, TODAY)
    again, bad = url_ledger.parse(url_ledger.text_of(book), "s")
    assert bad == []
    assert {url: replace(entry, line=0) for url, entry in again.items()} == book


@given(alias=WEIRD)
@settings(max_examples=400, deadline=None)
def test_no_alias_that_slips_through_can_spoil_the_ledger(alias: str) -> None:
    book = url_ledger.update({}, {"/new.html"}, {alias: "/new.html", "../h": "/new.html"}, {}, TODAY)
    again, bad = url_ledger.parse(url_ledger.text_of(book), "s")
    assert (bad, again.keys()) == ([], book.keys())


def test_what_would_not_read_back_is_not_written(tmp_path: Path) -> None:
    for url in ("../h", "/a gone"):
        with pytest.raises(ValueError, match="读不回来"):
            url_ledger.write(
                tmp_path, "s", {"/x": Entry("/x"), url: Entry(url, to="//") if url != "/a gone" else Entry("x /a")}
            )
    assert not (tmp_path / url_ledger.path_of("s")).exists()


def test_an_old_address_leads_to_a_file_whose_name_holds_the_sign_of_a_place() -> None:
    book = {"/old": Entry("/old", to="/C#语言.txt"), "/place": Entry("/place", to="/a.html#b")}
    assert url_ledger.answers(book, {"/C#语言.txt", "/a.html"}).redirects == {
        "/old": "/C#语言.txt",
        "/place": "/a.html",
    }
