"""Raw HTML: what is kept and removed, that skipping is exact, and that no hostile payload runs in a real browser."""

from __future__ import annotations

import html.parser
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import markdown
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiyue.checks.article import markup
from jiyue.checks.article.markup import RULES, aligned, clean, find, needs_sanitizing
from jiyue.checks.text.model import Text

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REL = ' rel="noopener noreferrer"'


def sanitize(html: str) -> str:
    """Without the rel that every link gets, which says nothing of what was taken away."""
    return markup.sanitize(html).replace(REL, "")


def test_every_link_keeps_its_page_to_itself() -> None:
    assert markup.sanitize('<a href="a.html" rel="opener">1</a>') == f'<a href="a.html"{REL}>1</a>'


KEPT = [
    '<h2 id="one">题</h2>',
    '<p class="lead" lang="en" title="x">文<br>字</p>',
    '<a href="/a/b.html?c=1#d">一</a>',
    '<a href="mailto:a@b.example">二</a>',
    '<a href="tel:043112345678">三</a>',
    '<a href="附件1.docx" download="">四</a>',
    '<figure><img src="a.jpg" alt="图" width="10" height="5" loading="lazy"><figcaption>图</figcaption></figure>',
    '<details open=""><summary>更多</summary>内容</details>',
    '<table><tbody><tr><td colspan="2" class="align-center">1</td></tr></tbody></table>',
    '<sup id="fnref:1"><a class="footnote-ref" href="#fn:1">1</a></sup>',
    '<ol start="3"><li value="4">x</li></ol>',
    '<video src="a.mp4" controls="" poster="a.jpg"></video>',
    "<ruby>汉<rp>(</rp><rt>han</rt><rp>)</rp></ruby>",
]
GONE = {
    "<script>alert(1)</script>文": "文",
    '<p onclick="x">文</p>': "<p>文</p>",
    '<a href="javascript:alert(1)">文</a>': "<a>文</a>",
    '<a href=" java\nscript:alert(1)">文</a>': "<a>文</a>",
    '<a href="data:text/html,x">文</a>': "<a>文</a>",
    '<img src="data:image/svg+xml,x">': "<img>",
    '<iframe src="https://x.example"></iframe>文': "文",
    "<style>p{}</style>文": "文",
    '<p style="background:url(x)">文</p>': "<p>文</p>",
    '<td style="text-align:center;color:red">文</td>': "文",
    '<form action="x"><input name="a">文</form>': "文",
    "<svg><script>x</script></svg>文": "文",
    '<base href="https://x.example">文': "文",
    '<meta http-equiv="refresh" content="0;url=x">文': "文",
    "<!-- 注释 -->文": "文",
    '<a href="x" target="_blank" ping="https://x.example">文</a>': '<a href="x">文</a>',
    '<img src="https://x.example/a.jpg" alt="x">': '<img alt="x">',
    '<img src="//x.example/a.jpg">': "<img>",
    '<video poster=" /\\x.example/a.jpg"></video>': "<video></video>",
    '<img src="a.jpg" srcset="https://x.example/b.jpg 2x">': '<img src="a.jpg">',
}


@pytest.mark.parametrize("kept", KEPT)
def test_kept_as_it_is(kept: str) -> None:
    assert sanitize(kept) == kept


@pytest.mark.parametrize("gone", GONE)
def test_removed(gone: str) -> None:
    assert sanitize(gone) == GONE[gone]


def test_alignment_becomes_a_class() -> None:
    cells = '<table><tbody><tr><td class="x" style="text-align: right;">1</td><th style="text-align:center">2</th></tr></tbody></table>'
    assert sanitize(cells) == (
        '<table><tbody><tr><td class="align-right x">1</td><th class="align-center">2</th></tr></tbody></table>'
    )
    assert aligned('<p title="style=&quot;">a style="b"</p>') == '<p title="style=&quot;">a style="b"</p>'


@given(st.text(st.sampled_from("<>/=\"' abdpstyle:;&#x-!\n")))
def test_sanitizing_twice_changes_nothing_more(text: str) -> None:
    once = sanitize(text)
    assert sanitize(once) == once


class Shape(html.parser.HTMLParser):
    """The tags and attributes of a piece of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.parts: list[object] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, sorted(attrs)))

    def handle_data(self, data: str) -> None:
        self.parts.append(data.strip())


PIECES = st.sampled_from(
    ["[a](", ")", "[b]: ", "[b]", "![", "](", "javascript", "java\\", "script", ":", "\\:",
     "alert(1)", "https://x.example/", "mailto:", "data",
     "/a.html", "#x", " ", "\n", "\n\n", "汉字", "9:30",
     "&", ";", "colon", "|", "-", "`", "*", "<", ">", "{", "}", "onclick=x", "\"t\"", "tel:1",
     "a|b\n:-|-:\n1|2\n", "x1:"]
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_skipping_is_exact(source: str) -> None:
    made = markdown.markdown(source, extensions=["extra", "sane_lists"], output_format="html")
    if not needs_sanitizing(source):
        assert Shape(aligned(made)).parts == Shape(sanitize(made)).parts
    assert "javascript:" not in "".join(
        str(part) for part in Shape(clean(source, made)).parts if isinstance(part, tuple)
    ).lower().replace("\n", "")


@pytest.mark.parametrize(
    "source",
    [
        "正文。\n\n**重点**\n\n- 项\n\n[附件](附件1.docx)\n\n![图](a.png)\n\n时间：9:30",
        "[官网](https://www.x.example/a)",
    ],
)
def test_ordinary_markdown_is_skipped(source: str) -> None:
    assert not needs_sanitizing(source)


@pytest.mark.parametrize(
    "source",
    [
        "<b>",
        "[a](javascript:x)",
        "[a](java\nscript:x)",
        "[a](javascript\\:x)",
        "[a](&#106;avascript:x)",
        "[a]: data:x",
        "# a {: onclick=x}",
    ],
)
def test_what_could_be_hostile_is_not_skipped(source: str) -> None:
    assert needs_sanitizing(source)


MUST_FIRE = [
    "<script>x</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:x)",
    "<iframe src=x>",
    "[a]: vbscript:x",
    "<svg/onload=x>",
]
MUST_NOT_FIRE = [
    "<details><summary>a</summary></details>",
    "`<script>`",
    "```html\n<script>\n```",
    "[a](/x)",
    "a < b",
    "<table><tr><td>1</td></tr></table>",
]


@pytest.mark.parametrize("source", MUST_FIRE)
def test_the_officer_is_told(source: str) -> None:
    findings = find(Text("cc", "p", f"正文\n\n{source}"))
    assert [(d.rule, d.line) for d in findings] == [(RULES[0].id, 3)]


@pytest.mark.parametrize("source", MUST_NOT_FIRE)
def test_the_officer_is_left_alone(source: str) -> None:
    assert find(Text("cc", "p", source)) == []


def payloads(folder: Path) -> Iterator[str]:
    hostile = folder / "hostile"
    yield from hostile.joinpath("xss-payloads.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    yield from hostile.joinpath("blns.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    for event in hostile.joinpath("html-event-handlers.txt").read_text(encoding="utf-8").split():
        yield f'<img src="x" {event}="alert(1)"><b {event}=alert(1)>x</b>'
    for path in hostile.joinpath("path-traversal.txt").read_text(encoding="utf-8", errors="replace").splitlines():
        yield f"[a]({path}) ![b](<{path}>)"


ALARM = "<script>for(const f of ['alert','prompt','confirm','print','open'])window[f]=()=>{window.ran=(window.ran||0)+1}</script>"
POKE = """() => {
    const names = ['mouseover', 'focus', 'mouseenter', 'toggle', 'error', 'load', 'animationstart', 'scroll', 'input', 'keydown',
        'pointerover', 'copy', 'paste', 'drag', 'wheel', 'click'];
    for (const element of document.querySelectorAll('body *'))
        for (const name of names) element.dispatchEvent(new Event(name));
    for (const link of document.querySelectorAll('a[href]'))
        if (!/^https?:|^mailto:|^tel:/.test(link.href)) window.ran = (window.ran || 0) + 1;
}"""
ORIGIN = "http://127.0.0.1:9"


def run_in_browser(page: Page, bodies: list[str]) -> tuple[int, list[str]]:
    """How often a script ran on a page of these bodies, and what the page asked for; events of all kinds included.

    The page has no CSP of its own: nothing but the sanitizer stands between the payloads and the browser.
    """
    asked: list[str] = []
    document = f"<!doctype html><meta charset=utf-8>{ALARM}" + "".join(f"<div>{body}</div>\n" for body in bodies)

    def answer(route: object) -> None:
        if route.request.url == f"{ORIGIN}/page/":  # type: ignore[attr-defined]
            route.fulfill(body=document, content_type="text/html")  # type: ignore[attr-defined]
        else:
            asked.append(route.request.url)  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]

    page.route("**/*", answer)
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.goto(f"{ORIGIN}/page/")
    page.evaluate(POKE)
    page.wait_for_timeout(100)
    return int(page.evaluate("window.ran || 0")), asked


def rendered(sources: list[str]) -> list[str]:
    out = []
    for source in sources:
        converter = markdown.Markdown(extensions=["extra", "sane_lists"], output_format="html")
        out.append(clean(source, converter.convert(source)))
    return out


def check_all(browser: Browser, sources: list[str], size: int = 400) -> None:
    for at in range(0, len(sources), size):
        bodies = [*rendered(sources[at : at + size]), *map(sanitize, sources[at : at + size])]
        with browser.new_context() as context:
            ran, asked = run_in_browser(context.new_page(), bodies)
        assert ran == 0, sources[at : at + size]
        assert [url for url in asked if not url.startswith(f"{ORIGIN}/")] == []


def test_the_alarm_rings_without_the_sanitizer(page: Page) -> None:
    ran, _ = run_in_browser(
        page, ["<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<a href='javascript:alert(1)'>x</a>"]
    )
    assert ran >= 3


def test_a_sample_of_hostile_payloads_runs_nothing(browser: Browser, real_texts: Path) -> None:
    sources = list(payloads(real_texts))
    assert len(sources) > 6000
    check_all(browser, random.Random(1).sample(sources, 400))


@pytest.mark.long
def test_all_hostile_payloads_run_nothing(browser: Browser, real_texts: Path) -> None:
    check_all(browser, list(payloads(real_texts)))
