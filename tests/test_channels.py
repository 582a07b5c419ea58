"""A channel of a township or department: a small home of its own, with its unit, its contact, its columns, its posts."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.support.cluster import Built

ARTICLE = "---\ntitle: {title}\ndate: 2026-11-{day} 09:30\nslug: {slug}\n---\n正文。\n"
SITE = """name: 长白县人民政府
kind: county
superior: jilin
url: https://www.cb.example
contact: 县里的电话
columns:
  - {path: bdg/tz, name: 通知公告}
  - {path: bdg/dt, name: 镇内动态}
channels:
  - path: bdg
    name: 八道沟镇
    owner: 八道沟镇人民政府
    contact: 镇里的电话
    intro: 镇的简介。
    officers: [{post: 镇信息员, role: 信息联络员}]
  - {path: jh, name: 金华乡}
"""


def test_the_first_page_of_a_channel_is_a_small_home(build_site: Callable[..., Built]) -> None:
    files = {"sites/cb.yaml": SITE}
    for day, (folder, title) in enumerate(
        [("bdg", "频道说明"), ("bdg/tz", "通知一"), ("bdg/tz", "通知二"), ("bdg/dt", "动态一")], 10
    ):
        files[f"content/cb/{folder}/a{day}.md"] = ARTICLE.format(title=title, day=day, slug=f"a{day}")
    files |= {f"content/cb/bdg/n{n}.md": ARTICLE.format(title=f"旧事{n}", day="01", slug=f"n{n}") for n in range(20)}
    files["content/cb/jh/b.md"] = ARTICLE.format(title="乡的说明", day=12, slug="b")
    built = build_site(files)
    assert built.rules() == []
    main = built.html("cb", "bdg/").partition("<main")[2].partition("</main>")[0]
    lead, _, rest = main.partition('class="sections"')
    words = re.sub(r"<[^>]*>|\s+", " ", lead)
    for text in ("责任单位：八道沟镇人民政府", "联系方式：镇里的电话", "镇的简介。"):
        assert text in words
    assert '<h2 class="headline"><a href="../bdg/dt/a13.html">动态一</a></h2>' in lead
    sections, _, rest = rest.partition("</div>")
    assert re.findall(r">([^<]+)</a>", sections) == ["通知公告", "通知二", "通知一", "镇内动态", "动态一"]
    assert re.findall(r">(频道说明|旧事\d+|通知.|动态一)</a>", rest)[0] == "频道说明"
    second = built.html("cb", "bdg/index_2.html")
    assert "headline" not in second
    assert "镇的简介。" not in second.partition("<main")[2]
    other = built.html("cb", "jh/").partition("<main")[2]
    assert "联系方式：</span>" not in other
    assert "县里的电话" in other
    assert "headline" not in other  # one article makes no headline, it would only repeat the list
