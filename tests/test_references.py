"""References of an article are read like its page: the same for links, checks and the publication of files."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jiyue.catalogue.dialect import python_markdown
from jiyue.catalogue.references import addresses, pictures_from_elsewhere, plain, read, read_html, references
from jiyue.checks.article.anchors import PAGE_IDS, only_once
from jiyue.render.markdown import convert
from jiyue_plugins.library import FACETS
from tests.support.cases import case_cluster
from tests.support.cluster import new_cluster
from tests.support.samples import png
from tests.support.slips import AROUND, CC, JILIN, article
from tests.support.stages import stages
from tests.test_stages import PIECES

FOUND = [
    ("[附件](C%23语言.txt)", {"files": [["C#语言.txt", "附件"]]}),
    ('<a href="A&amp;C.txt">九</a>', {"files": [["A&C.txt", "九"]]}),
    ("<a href='b c.txt'>空格</a>", {"files": [["b c.txt", "空格"]]}),
    ("按 `` ` `` 键，见[附件](a.txt)，输入 `x`。", {"files": [["a.txt", "附件"]]}),
    ("转义 \\`[附件](b.txt)\\`", {"files": [["b.txt", "附件"]]}),
    ("\\[附件](b.txt)", {}),
    ("[附件](`b.txt`)", {"files": [["b.txt", "附件"]]}),
    ("`[附件](b.txt)`", {}),
    ("```\n[附件](b.txt)\n```\n", {}),
    ("```\n[附件](b.txt)\n", {"files": [["b.txt", "附件"]]}),
    ("    [附件](b.txt)\n", {}),
    ("<!-- [附件](b.txt) -->", {}),
    ("<div>\n[附件](b.txt)\n</div>", {}),
    ("[一][名]\n\n[名]:\n  b.txt\n", {"files": [["b.txt", "一"]]}),
    ("[一][名]\n\n[名]: <b.txt>\n  '标题'\n", {"files": [["b.txt", "一"]]}),
    ('[a](b(1).txt) ![图一](<图 1.png> "标题")', {"files": [["b(1).txt", "a"]], "pictures": ["图 1.png"]}),
    ("[甲](a.txt \"标题\") [乙]({static}b.txt) [丙](c.md#d)", {"articles": ["c.md"], "files": [["a.txt", "甲"], ["b.txt", "乙"]],
                                                      "anchors": [["c.md", "d"]]}),
    ("<video src=v.mp4 poster='图 1.png'><track src=w.vtt></video>", {"pictures": ["图 1.png"], "others": ["v.mp4", "w.vtt"]}),
    ("[门](/bszn/) [x](../y) <http://a.example/b>", {"pages": ["/bszn/", "../y"], "urls": ["http://a.example/b"]}),
    ("[a](javascript:x) ![b](//c.example/d.png)", {}),
    ("<script><a href='a.txt'></script><svg><a href=b.txt>x</a></svg>", {}),
    ("## 一 {#a}\n\n<b id=a>乙</b>[甲](#a)", {"ids": ["a", "a"], "anchors": [["", "a"]]}),
    ("<a href='&#x1;x.txt'>q</a>", {"files": [["x.txt", "q"]]}),
    (unicodedata.normalize("NFD", "[é](é.txt)"), {"files": [["é.txt", unicodedata.normalize("NFD", "é")]]}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "found"), FOUND)
def test_what_a_body_refers_to(body: str, found: dict[str, object]) -> None:
    assert references(body) == found


SIMPLE = st.sampled_from([
    "[甲](a.txt)", "![乙](图.png)", "[丙](b_c*d.txt)", "[丁](/tzgg/)", "[戊](a.md#x \"题\")", "*[甲]", "[x]", "](", "[", "]", "(", ")", "!",
    "**", "*", "_", "`x`", "`", "\n", "\n\n", "- ", "1. ", "> ", "|", "# ", "正文", " ", "   ", "<br>", "：", ":   ", "---\n",
    "\n| a | b |\n| --- | --- |\n| ",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(body=st.lists(st.one_of(SIMPLE, PIECES), max_size=16).map("".join))
@example(body="[a](b.txt)\n| a | b |\n| --- | --- |\n| [c|d](e.txt) | x |")
def test_the_short_way_reads_what_the_page_holds(body: str) -> None:
    """Every reading of a text has the links of its conversion, and its page has no others."""
    links = [(link.tag, link.address) for link in read.__wrapped__(body).links]
    assert links == [(link.tag, link.address) for link in read_html(python_markdown(body)).links]
    on_the_page = [unescape(value).strip() for value in re.findall(r' (?:href|src|poster)="([^"]*)"', convert(body)[0])]
    assert set(on_the_page) <= {address for _, address in links}


def test_positions_are_those_of_the_source() -> None:
    text = "---\ntitle: 甲\n---\n见[一](a.txt)、`[二](a.txt)`、[三](b%20c.txt)。\n\n<img src='d&amp;e.png'>\n"
    assert [(text[place:][:6], address) for place, address in addresses(text)] == [
        ("](a.tx", "a.txt"), ("](b%20", "b%20c.txt"), ("src='d", "d&e.png"),
    ]  # fmt: skip
    assert pictures_from_elsewhere("![a](//x.example/a.png)\n\n`![b](//x.example/b.png)`") == [(3, "//x.example/a.png")]


def test_an_address_is_decoded_after_its_parts_are_told_apart() -> None:
    assert plain("C%23.txt?a#b") == "C#.txt"
    assert plain("{static}/%7Ba%7D.txt") == "/{a}.txt"


def test_files_with_signs_in_their_names_are_published_and_linked(tmp_path: Path) -> None:
    names = [
        "C#语言.txt",
        "A&C.txt",
        "a b.txt",
        "it's.txt",
        "a(修订).txt",
        "［1］.txt",
        "50%.txt",
        "a;b=c,d!e@f$g^h.txt",
        "a+b.txt",
    ]
    links = "[一](C%23语言.txt) <a href='A&amp;C.txt'>二</a> [三](<a b.txt>) [四](it's.txt) [五](a(修订).txt) [六](［1］.txt) "
    links += "[七](50%25.txt) [八](a;b=c,d!e@f$g^h.txt) [九](a+b.txt)"
    files = {f"content/cc/tzgg/{name}": "文件。" for name in names}
    found = stages(new_cluster(tmp_path, {**AROUND, **files, "content/cc/tzgg/a.md": article(links, slug="a")}).root)
    assert (found.rules(), found.new_after_check()) == ([], [])
    assert {p.name for p in (tmp_path / "output/cc/tzgg").glob("*.txt")} == set(names)
    body = found.body("cc", "tzgg/a.html").partition("</div>")[0]
    hrefs = re.findall(r'href="([^"]*)"', body)
    assert len(hrefs) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9%._~-]+", href) for href in hrefs)


@pytest.mark.parametrize("pushed", [False, True])
def test_names_composed_and_decomposed_meet(tmp_path: Path, *, pushed: bool) -> None:
    """macOS hands out decomposed names; what the officer types is composed, or the other way round."""

    def nfd(text: str) -> str:
        return unicodedata.normalize("NFD", text)

    site = "jilin" if pushed else "cc"
    base = f"content/{site}/tzgg/"
    body = f"[表](é表.txt) ![示意图](é.png) [反](ü.txt) [文](ö.md) {nfd('[再](ü.txt)')}"
    files = {
        base + nfd("é表.txt"): "甲", base + nfd("é.png"): png(), base + "ü.txt": "乙", base + nfd("ö.md"): article("丙", "别的稿件"),
        base + "a.md": article(body, slug="a", **({"push_down": "all"} if pushed else {})),
    }  # fmt: skip
    found = stages(new_cluster(tmp_path, {**AROUND, **files}).root)
    assert (found.rules(), found.new_after_check()) == ([], [])
    pages = [
        p for p in (tmp_path / "output").glob("*/tzgg/*.html") if "示意图" in p.read_text() and "index" not in p.name
    ]
    assert len(pages) == 1 + pushed
    for page in pages:
        shown = page.read_text().partition('<div class="body">')[2].partition("</div>")[0]
        assert (shown.count("<a "), shown.count("<img ")) == (4, 1)


def test_a_draft_hides_its_files_whatever_their_spelling(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "é.txt")
    files = {f"content/cc/files/{name}": "内部", "content/cc/tzgg/a.md": article("[é](/files/é.txt)", status="draft")}
    stages(new_cluster(tmp_path, {**AROUND, **files}).root)
    assert list((tmp_path / "output").rglob("*.txt")) == list((tmp_path / "output").rglob("robots.txt"))


def test_ids_stand_once_and_the_page_keeps_its_own() -> None:
    html = '<p id="a">1</p><p class="x" id="a">2</p><p id="main">3</p><p id="b" class="y">4</p>'
    assert only_once(html) == '<p id="a">1</p><p class="x">2</p><p>3</p><p id="b" class="y">4</p>'


def test_every_id_of_the_theme_is_known() -> None:
    templates = Path(__file__).parents[1] / "themes" / "gov" / "templates"
    ids = {
        found for path in templates.rglob("*.html") for found in re.findall(r'(?<![\w-])id="([^"]*)"', path.read_text())
    }
    written = {re.sub(r"\{\{[^}]*(?:loop\.index|update\.id)[^}]*\}\}", "1", one) for one in ids} - {"{{ key }}"}
    written |= {one.replace("{{ filter.name }}", name) for one in written for name, _ in FACETS}
    written = {one for one in written if "{{ filter.name }}" not in one}
    assert written
    assert [one for one in written if not PAGE_IDS.fullmatch(one)] == []


def test_words_in_braces_stay(tmp_path: Path) -> None:
    body = "## 关于项目 {重点}\n\n**粗体**{注}后文\n\n| 名称{一} | 值 |\n| --- | --- |\n| 甲{乙} | {} |\n\n段落\n{丙}\n\n* 项 {.NET}\n"
    html = stages(new_cluster(tmp_path, {**AROUND, "content/cc/tzgg/a.md": article(body, slug="a")}).root).body(
        "cc", "tzgg/a.html"
    )
    for words in ("关于项目 {重点}", "粗体</strong>{注}后文", "名称{一}", "甲{乙}", "<td>{}</td>", "{丙}", "{.NET}"):
        assert words in html
    assert (
        python_markdown("## 标题 {#a .b c='d'}\n\n段\n{: .x }")
        == '<h2 c="d" class="b" id="a">标题</h2>\n<p class="x">段</p>'
    )


def test_notes_lead_back_in_the_language_of_the_page(tmp_path: Path) -> None:
    body = article("正文[^1]。\n\n[^1]: 脚注。\n", "有注的稿件", slug="a", push_down="all")
    english = CC + "languages: [en]\nfeeds: full\n"
    files = {"sites/cc.yaml": english, "sites/jilin.yaml": JILIN + "feeds: full\n", "content/jilin/tzgg/a.md": body}
    found = stages(new_cluster(tmp_path, {**AROUND, **files}).root)
    assert found.new_after_check() == []
    assert 'title="回到正文第 1 处脚注"' in found.body("jilin", "tzgg/a.html")
    assert "回到正文第 1 处脚注" in (tmp_path / "output/jilin/tzgg/feed.atom").read_text()
    assert "Back to where note 1 is cited" in (tmp_path / "output/cc/tzgg/feed.atom").read_text()
    assert not [p for p in (tmp_path / "output").rglob("*.html") if "Jump back" in p.read_text()]


def test_addresses_in_bodies_and_feeds_are_encoded_and_in_feeds_absolute(tmp_path: Path) -> None:
    body = "![示意图](<图 1.png>) [附](<附 件.txt>) [外](https://x.example/图 2.pdf) [门](/) [内](#x) <b id=x></b>"
    body += "<video src='片 1.mp4' poster='图 1.png'></video>"
    files = {
        "sites/cc.yaml": CC + "feeds: full\n", "content/cc/tzgg/a.md": article(body, slug="a"), "content/cc/tzgg/图 1.png": png(),
        "content/cc/tzgg/附 件.txt": "甲", "content/cc/tzgg/片 1.mp4": b"\x00\x00\x00\x18ftypmp42" + bytes(64),
    }  # fmt: skip
    found = stages(new_cluster(tmp_path, {**AROUND, **files}).root)
    assert found.new_after_check() == []
    shown = found.body("cc", "tzgg/a.html").partition("</div>")[0]
    in_feed = unescape(
        (tmp_path / "output/cc/tzgg/feed.atom").read_text().partition("<content")[2].partition("</content>")[0]
    )
    for html, absolute in ((shown, False), (in_feed, True)):
        found_there = re.findall(r' (?:href|src|poster)="([^"]*)"', html)
        assert len(found_there) == 7
        assert all(address.isascii() and " " not in address for address in found_there)
        assert not absolute or all(address.startswith("https://") for address in found_there)


def test_case_16_and_19_and_71_publish_their_files(tmp_path: Path) -> None:
    for name in ("16", "19", "71"):
        root = case_cluster(name, tmp_path).root
        assert stages(root).new_after_check() == []
        beside = {p.name for p in (root / "content/cc/tzgg").glob("*.txt")}
        assert {p.name for p in (root / "output/cc/tzgg").glob("*.txt")} == beside
