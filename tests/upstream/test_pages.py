"""Pages into Markdown: every character that is read arrives, whatever marks it looks like."""

from __future__ import annotations

from datetime import datetime
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiyue.catalogue.dialect import python_markdown
from jiyue.importers.dates import moment
from jiyue.importers.html import parse, references, to_markdown, visible_text
from jiyue.importers.pages import RuleError
from jiyue.registry.upstream import PageSelectors
from jiyue.upstream.items import Item, canonical
from jiyue.upstream.pages import read_page, share

BASE = "http://a.example/b/c.htm"
WORDS = st.text("甲乙丙丁。，：“”（）《》[]()*_`#>|<&!+-=~:;{}\\/.1234567890 abc\u3000\n", min_size=1, max_size=12).map(
    escape
)
INLINE = st.recursive(
    WORDS | st.just("<br>"),
    lambda inner: st.tuples(
        st.sampled_from(["b", "strong", "em", "span", "sub", "u", "a href='/x(1)_2.htm'"]), inner
    ).map(lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0].split()[0]}>"),
    max_leaves=4,
)
LINE = st.lists(INLINE, min_size=1, max_size=4).map("".join)


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    many = st.lists(inner, min_size=2, max_size=3)
    rows = st.lists(many, min_size=2, max_size=3)
    return (
        st.tuples(st.sampled_from(["div", "blockquote"]), many.map("".join)).map(
            lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>"
        )
        | st.tuples(st.sampled_from(["ul", "ol"]), many).map(
            lambda pair: f"<{pair[0]}>{''.join(f'<li>{one}</li>' for one in pair[1])}</{pair[0]}>"
        )
        | rows.map(
            lambda rows: (
                f"<table>{''.join('<tr>' + ''.join(f'<td>{c}</td>' for c in row) + '</tr>' for row in rows)}</table>"
            )
        )
    )


PAGES = st.recursive(
    st.tuples(st.sampled_from(["p", "div", "h1", "h3"]), LINE).map(lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>") | LINE,
    blocks, max_leaves=6,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(PAGES)
def test_every_visible_character_arrives(html: str) -> None:
    root = parse(f"<div>{html}</div>")
    assert visible_text(parse(f"<div>{python_markdown(to_markdown(root, BASE))}</div>")) == visible_text(root)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>　　一、<b>总体</b><b>要求</b>。</p>", "一、**总体要求**。"),
        ("甲<br>　　乙<br><br>丙<br>丁", "甲\n\n乙\n\n丙<br>\n丁"),
        ("<h1>一</h1><h4>二#</h4>", "## 一\n\n#### 二\\#"),
        ("<b>“甲”</b>乙", "<strong>“甲”</strong>乙"),
        ("<ol><li>甲<ul><li>乙</ul><li>丙</ol>", "1. 甲\n\n    - 乙\n\n2. 丙"),
        ("<table><tr><td>甲<td>乙|丙<tr><td>1<td>2</table>", "| 甲 | 乙\\|丙 |\n| --- | --- |\n| 1 | 2 |"),
        ("<table><tr><td colspan=2>甲_乙<tr><td>1<td><p>2<p>3</table>",
         '<table>\n<tr>\n<td colspan="2">甲&#95;乙</td>\n</tr>\n<tr>\n<td>1</td>\n<td>2<br>3</td>\n</tr>\n</table>'),
        ("<table><tr><td><p>甲<p>乙</td></tr></table>", "甲\n\n乙"),
        ("<a href='../x y.pdf'>附件[1]</a>", "[附件\\[1&#93;](http://a.example/x%20y.pdf)"),
        ("<a href='javascript:x()'>甲</a><a href='mailto:a@b.example'>乙</a><a href='#x'>丙</a>", "甲乙丙"),
        ("<img src='i.png' alt='图'><img src='data:image/png;base64,x'><iframe src='v.htm'></iframe>",
         "[图片：图](http://a.example/b/i.png)[嵌入的网页](http://a.example/b/v.htm)"),
        ("<script>x</script><style>y</style><p style='display: none'>z</p><!-- c -->甲", "甲"),
        ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
        ("1. 甲<br><br># 乙<br><br>- 丙", "1\\. 甲\n\n\\# 乙\n\n\\- 丙"),
    ],
)  # fmt: skip
def test_markdown_of_html(html: str, markdown: str) -> None:
    assert to_markdown(parse(f"<div>{html}</div>"), BASE) == markdown


def test_pictures_and_files_of_a_text() -> None:
    page = parse(
        "<div><a href=/f.PDF?x=1>1</a><a href=p.jpg><img data-src=s.jpg src=l.gif></a><a href=x.htm>2</a><a href=/f.PDF?x=1>3</a></div>"
    )
    assert [(one.url, one.picture) for one in references(page, BASE)] == [
        ("http://a.example/f.PDF?x=1", False), ("http://a.example/b/p.jpg", True), ("http://a.example/b/s.jpg", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("../x.htm?a=1&utm_source=b#c", "http://a.example/x.htm?a=1"), ("HTTP://A.Example:80", "http://a.example/"),
        ("//b.example:8080/一 二", "http://b.example:8080/%E4%B8%80%20%E4%BA%8C"), ("?id=1&b=%E4%B8%80", "http://a.example/b/c.htm?id=1&b=%E4%B8%80"),
        ("javascript:x", ""), ("http://u:p@a.example/", ""), ("http://[x", ""), ("http://a.example:x/", ""),
    ],
)  # fmt: skip
def test_the_one_form_of_an_address(url: str, form: str) -> None:
    assert canonical(url, BASE) == form
    assert canonical(form) == form


NINE = "2026-11-20 09:30"


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-11-20 09:30:15", NINE), ("2026年11月20日 9:30", NINE), ("2026/11/20", "2026-11-20 00:00"),
        ("2026-11-20T01:30:00Z", NINE), ("2026-11-20 01:30:00 UTC", NINE), ("2026-11-20T09:30+0800", NINE),
        ("Fri, 20 Nov 2026 01:30:00 GMT", NINE), ("Fri, 20 Nov 2026 09:30:00", NINE), ("20 Nov 2026 09:30:00 +0800", NINE),
        ("Thu, 19 Nov 2026 20:30:00 -0500", NINE), ("Fri, 20 Nov 2026 09:30:00 CST", NINE), ("Fri Nov 20 09:30:00 CST 2026", NINE),
        ("Fri Nov 20 01:30:00 UTC 2026", NINE), ("20 Nov 2026 09:30:00 GMT+08:00", NINE),
        ("2026-13-40", None), ("Fri, 40 Nov 2026", None), ("昨天", None), ("", None),
    ],
)  # fmt: skip
def test_times_of_all_kinds_in_beijing(text: str, local: str | None) -> None:
    found = moment(text)
    assert (f"{found:%Y-%m-%d %H:%M}" if found else None) == local


ITEM = Item("甲乙丙…", BASE, BASE, datetime(2026, 11, 20))
HEAD = "<meta name=articletitle content='甲乙丙丁'><meta name=PubDate content='2026-11-20 16:05'><meta name=contentsource content='某网'>"


@pytest.mark.parametrize(
    ("head", "how", "facts"),
    [
        (HEAD, {}, ("甲乙丙丁", 16, "某网")),
        (HEAD, {"tags": "false", "title": "h1"}, ("标题", 8, "某部")),
        (HEAD, {"tags": "false", "title": "h1", "source": "#s", "date": "#d"}, ("标题", 7, "China Daily")),
        (HEAD.replace("某网", "null").replace("16:05", "00:00"), {}, ("甲乙丙丁", 8, "某部")),
        (HEAD.replace("16:05", "04:05"), {"date": "#h"}, ("甲乙丙丁", 16, "某网")),  # the tag's 12-hour clock
        (HEAD.replace("2026-11-20 16:05", "无"), {}, ("甲乙丙丁", 8, "某网")),
    ],
)  # fmt: skip
def test_page_tags_come_first_then_selectors_then_what_the_page_says(
    head: str, how: dict[str, str], facts: tuple[str, int, str]
) -> None:
    text = (
        f"<html><head>{head}</head><body><h1>标题</h1><p>发布时间：2026-11-20 08:01 来源：某部 字号：大</p><i id=d>2026-11-20 07:00</i>"
        "<i id=h>2026-11-20 16:05</i><i id=s>信息来源：China Daily</i><div id=b>正文</div></body></html>"
    )
    page = read_page(text, BASE, PageSelectors.model_validate({"body": "#b", **how}), ITEM, own=True)
    assert page.published is not None
    assert (page.title, page.published.hour, page.source) == facts
    assert share(page) == 1


def test_a_selector_that_does_not_fit_is_an_alarm_only_on_the_host_it_was_made_for() -> None:
    long = "各市（州）人民政府要认真贯彻落实国务院关于做好防范应对工作的各项要求。"
    text = f"<body><div class=x>{''.join(f'<p>{long}{n}</p>' for n in range(4))}</div></body>"
    how = PageSelectors(body="#b")
    with pytest.raises(RuleError, match="文章页里没有 #b"):
        read_page(text, BASE, how, ITEM, own=True)
    assert read_page(text, BASE, how, ITEM, own=False).body.get("class") == "x"


def test_one_paragraph_brings_what_stands_beside_it() -> None:
    long = "各市（州）人民政府要认真贯彻落实国务院关于做好低温雨雪冰冻天气防范应对工作的各项要求，切实抓好落实。" * 3
    text = f"<body><ul><li><a href=/>首页</a></ul><div id=x><p>{long}</p><p><a href=f.pdf>附件</a></p></div></body>"
    assert read_page(text, BASE, PageSelectors(), ITEM, own=True).body.get("id") == "x"
