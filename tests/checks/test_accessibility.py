"""The accessibility rules without a browser: each fires on its fault, and none on a good page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiyue.checks.article.drafting import VAGUE
from jiyue.checks.page.accessibility import check_page, findings
from jiyue.render.pages.menu import GROUPS, OTHERS

HEAD = '<!doctype html>\n<html lang="zh-CN"><head><title>页 - 站</title></head><body><a href="#main">跳到正文</a>'


def page(main: str) -> str:
    """A good page around what is given."""
    return f'{HEAD}<main id="main"><h1>标题</h1>{main}</main></body></html>'


GOOD = [
    "<h2>一</h2><h3>二</h3><h2>三</h2>",
    '<img src="a.png" alt="会议室平面图：签到处在右侧">',
    '<img src="a.png" alt="" role="presentation">',
    "<table><thead><tr><th>列</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>",
    '<a href="a.csv">参训岗位汇总表</a><a href="b" aria-label="更多通知公告">更多</a><a href="c"><img src="d.png" alt="省门户"></a>',
    '<a id="x"></a>',
    '<label for="q">搜索</label><input id="q"><label>甲<input type="radio"></label><input aria-label="乙"><input type="hidden">'
    '<input type="submit" value="提交"><button>好</button><button aria-label="关"></button>',
    '<video controls src="v.mp4"></video><p tabindex="0">x</p><p tabindex="-1">x</p><iframe title="地图" src="m"></iframe>',
    '<!-- <img src="x"> <h1>注释</h1> --><script>"<h1>"</script><svg aria-label="图"><title>图</title></svg>',
    '<p title="a > b">「点击这里」不是链接</p>',
]


@pytest.mark.parametrize("main", GOOD)
def test_a_good_page_has_no_finding(main: str) -> None:
    assert findings(page(main)) == []


BAD = {
    "a11y-h1": ["<h1>又一个</h1>", "<h1> </h1>"],
    "a11y-headings": ["<h3>跳</h3>", "<h2>一</h2><h4>跳</h4>", "<h2></h2>"],
    "a11y-alt": [
        '<img src="a.png">',
        '<img src="a.png" alt="">',
        '<img src="x/a.png" alt="a.png">',
        '<img src="a.png" alt="图片">',
    ],
    "a11y-table": ["<table><tr><td>1</td></tr></table>"],
    "a11y-link": [
        '<a href="x">点击这里</a>',
        '<a href="x"> 更多 &gt;&gt; </a>',
        '<a href="x"></a>',
        '<a href="x"><img src="a" alt=" "></a>',
    ],
    "a11y-label": ["<input>", '<input id="q">', "<select></select>", "<textarea></textarea>", "<button></button>"],
    "a11y-zoom": [
        '<meta name="viewport" content="width=device-width, user-scalable=no">',
        '<meta name="viewport" content="maximum-scale=1.0">',
    ],
    "a11y-moving": [
        "<marquee>x</marquee>",
        '<meta http-equiv="refresh" content="5">',
        '<video autoplay src="v.mp4"></video>',
    ],
    "a11y-tabindex": ['<p tabindex="3">x</p>'],
    "a11y-frame": ['<iframe src="m"></iframe>'],
    "a11y-id": ['<p id="main">x</p>'],
}


@pytest.mark.parametrize(("rule", "main"), [(rule, main) for rule, mains in BAD.items() for main in mains])
def test_a_bad_page_has_the_finding(rule: str, main: str) -> None:
    findings = check_page(page(main), "a.html", "jilin")
    assert rule in {d.rule for d in findings}
    assert all(d.path == "a.html" and d.site == "jilin" and d.line >= 1 and d.message and d.hint for d in findings)


@pytest.mark.parametrize(
    ("rule", "html"),
    [
        ("a11y-lang", page("").replace(' lang="zh-CN"', "")),
        ("a11y-title", page("").replace("页 - 站", " ")),
        ("a11y-h1", page("").replace("<h1>标题</h1>", "")),
        ("a11y-main", page("").replace("<main", "<div").replace("</main", "</div")),
        ("a11y-main", page("").replace("#main", "#top")),
    ],
)
def test_what_the_whole_page_lacks_is_found(rule: str, html: str) -> None:
    assert [f.rule.id for f in findings(html)] == [rule]


def test_a_finding_names_its_line() -> None:
    assert [f.line for f in findings(page("\n\n<img src='a.png'>\n<p>"))] == [4]


@given(st.text(max_size=300))
def test_any_text_is_looked_at_without_a_crash(text: str) -> None:
    for finding in findings(text):
        assert finding.line >= 1


def test_the_menu_names_no_group_as_our_own_rule_refuses() -> None:
    assert VAGUE.isdisjoint([OTHERS, *(name for name, _ in GROUPS)])
