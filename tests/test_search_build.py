"""A site's build makes its search index, the cluster's build that of all sites; neither has anything that isn't public."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

import pytest

from jiyue.preview.server import Server
from jiyue.render.markdown import convert
from jiyue.render.search import plain_text
from jiyue.search.token_cache import Tokens
from tests.support.browser import axe, served
from tests.support.cluster import Built, ClusterFolder, new_cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def article(title: str, body: str, **more: str) -> str:
    head = {"title": title, "date": "2026-11-20 09:30", **more}
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in head.items()) + f"---\n{body}\n"


SITE = (
    "name: {}\nkind: {}\nsuperior: jilin\nurl: https://{}.example\nsite_id_code: '99220100{}'\n"
    "columns:\n  - {{path: tzgg, name: 通知公告, type: 通知公告}}\n"
)
FILES = {
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nsite_id_code: '9922000001'\n"
    "columns: [{path: tzgg, name: 通知公告, type: 通知公告}]\n",
    "sites/cc.yaml": SITE.format("长春市人民政府", "prefecture", "www.cc", "01"),
    "sites/yb.yaml": SITE.format("延边州人民政府", "prefecture", "www.yb", "02"),
    "content/jilin/tzgg/a.md": article("省级冬季供热工作安排", "全省各地做好准备。", slug="a", push_down="all"),
    "content/cc/tzgg/b.md": article(
        "关于低温天气的提醒", "请市民注意**琥珀色预警**信号。\n\n| 甲 | 乙 |\n|---|---|\n| 表格里的字 | 二 |", kind="document", slug="b",
        doc_number="长府办发〔2026〕7号",
    ),
    "content/cc/tzgg/c.md": article("撤下的稿件", "朱砂旧闻", withdraw="{at: 2026-11-21 08:00, reason: 有误}"),
    "content/cc/tzgg/d.md": article("未到时间的稿件", "朱砂新闻", publish_at="2026-12-01 08:00"),
    "content/yb/tzgg/e.md": article("延边冬季旅游", "雾凇与滑雪。", slug="e"),
}  # fmt: skip


def ask(built: Built, site: str, query: str) -> list[str]:
    """The addresses of the hits, as printed by `jiyue search`."""
    command = [sys.executable, "-m", "jiyue", "search", site, query, "--json", "--root", str(built.root)]
    run = subprocess.run([*command, "--output", str(built.output)], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    return [hit["url"] for hit in json.loads(run.stdout)["hits"]]


def texts(built: Built) -> str:
    """All texts that lie in the fragments of all indexes."""
    found = [
        zlib.decompress(data[1:], -15).decode("gbk" if data[:1] == b"g" else "utf-8")
        for path, data in built.files().items()
        if "/search/" in path and "/d/" in path
    ]
    return "\n".join(found)


def test_each_site_and_all_of_them_are_found(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(FILES)
    built = folder.build()
    assert not [d for d in built.diagnostics if d["severity"] == "error"]
    assert ask(built, "cc", "低温天气的提醒") == ["tzgg/b.html"]
    assert ask(built, "cc", "琥珀色预警") == ["tzgg/b.html"]
    assert ask(built, "cc", "长府办发[2026]7号") == ["tzgg/b.html"]
    assert ask(built, "cc", "表格里的字") == ["tzgg/b.html"]
    assert len(ask(built, "cc", "省级冬季供热")) == 1  # pushed to it
    assert ask(built, "all", "省级冬季供热工作安排")[:1] == ["https://www.jl.example/tzgg/a.html"]
    assert ask(built, "all", "琥珀色预警")[:1] == ["https://www.cc.example/tzgg/b.html"]
    assert ask(built, "all", "延边冬季旅游")[:1] == ["https://www.yb.example/tzgg/e.html"]
    assert not ask(built, "cc", "朱砂") and not ask(built, "all", "朱砂")
    assert "琥珀色预警" in texts(built) and "朱砂" not in texts(built)

    folder.write({"content/cc/tzgg/b.md": FILES["content/cc/tzgg/b.md"].replace("琥珀", "玛瑙")})
    before, after = built.files(), folder.build().files()
    touched = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert 0 < sum("/search/" in path for path in touched) <= 60
    assert not [path for path in touched if path.startswith("yb/")]
    assert ask(built, "all", "玛瑙色预警")[:1] == ["https://www.cc.example/tzgg/b.html"]
    clean = folder.build("--no-cache", output=folder.root / "clean").files()
    assert clean == after

    folder.write({"sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\nsearch: off\n"})
    assert not [path for path in folder.build().files() if "search" in path]
    assert not list((folder.root / "output").glob("*/search"))


def test_a_repost_is_found_on_its_site_and_once_among_all(new_folder: Callable[..., ClusterFolder]) -> None:
    origin = "{name: 长春市人民政府, url: 'https://www.cc.example/tzgg/b.html', published: 2026-11-20}"
    repost = article("关于低温天气的提醒", "请市民注意琥珀色预警信号。", slug="r", repost_of=origin)
    elsewhere = origin.replace("www.cc.example", "other.example")
    other = article("关于低温天气的另一提醒", "请注意琥珀色预警信号。", slug="s", repost_of=elsewhere)
    folder = new_folder({**FILES, "content/yb/tzgg/r.md": repost, "content/yb/tzgg/s.md": other})
    built = folder.build()
    assert set(ask(built, "yb", "琥珀色预警")) == {"tzgg/r.html", "tzgg/s.html"}
    found = ask(built, "all", "琥珀色预警")
    assert set(found) == {"https://www.cc.example/tzgg/b.html", "https://www.yb.example/tzgg/s.html"}
    (folder.root / "content/cc/tzgg/b.md").unlink()
    assert "https://www.yb.example/tzgg/r.html" in ask(folder.build(), "all", "琥珀色预警")


def test_a_rebuild_without_changes_touches_no_index(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(FILES)
    built = folder.build()
    times = {path: path.stat().st_mtime_ns for path in built.output.rglob("search/**/*")}
    folder.build()
    folder.build(today="2026-11-22")  # no article appears or disappears, but every site is checked
    assert times == {path: path.stat().st_mtime_ns for path in built.output.rglob("search/**/*")}


PROMOTED = """promoted:
  - queries: [热线, 供热 热线]
    title: 供热服务热线
    url: /tzgg/
  - {queries: [热线], title: 国务院服务平台, url: "https://gjzwfw.example/"}
"""


def test_a_site_promotes_pages_and_a_cluster_names_synonyms(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(FILES)
    folder.build()
    assert ask(folder.build(), "cc", "预警热线")[:1] == ["tzgg/b.html"]
    assert ask(folder.build(), "yb", "冰挂") == []
    folder.write(
        {
            "sites/cc.yaml": FILES["sites/cc.yaml"] + PROMOTED,
            "sites/jilin.yaml": FILES["sites/jilin.yaml"] + PROMOTED,
            "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\nsynonyms: [[冰挂, 雾凇]]\n",
        }
    )
    built = folder.build()
    assert ask(built, "cc", "热线")[:2] == ["tzgg/", "https://gjzwfw.example/"]
    assert ask(built, "cc", "供热热线")[0] == "tzgg/"
    assert ask(built, "all", "热线")[:2] == ["https://www.jl.example/tzgg/", "https://gjzwfw.example/"]
    assert "tzgg/" not in ask(built, "yb", "热线")
    assert ask(built, "yb", "冰挂")[:1] == ["tzgg/e.html"]
    assert ask(built, "all", "冰挂")[:1] == ["https://www.yb.example/tzgg/e.html"]
    assert folder.build("--no-cache", output=folder.root / "clean").files() == built.files()


def test_what_is_no_site_or_no_index_is_said(build_site: Callable[..., Built]) -> None:
    built = build_site({"sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\nsearch: off\n"})
    for site, word in (("nowhere", "没有名为「nowhere」的站点"), ("jilin", "没有搜索索引")):
        command = [sys.executable, "-m", "jiyue", "search", site, "税", "--root", str(built.root)]
        run = subprocess.run([*command, "--output", str(built.output)], capture_output=True, check=False)
        assert run.returncode == 2 and word in run.stderr.decode()


class Quiet(SimpleHTTPRequestHandler):
    """A plain static server."""

    extensions_map: ClassVar = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def two_servers(build_site: Callable[..., Built]) -> Any:
    built = build_site(FILES)
    preview = Server(built.output, 0)
    plain = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(Path(built.output, "jilin"))))
    for run in (preview.run, plain.serve_forever):
        Thread(target=run, daemon=True).start()
    yield f"http://localhost:{preview.port}", f"http://localhost:{plain.server_address[1]}"
    preview.close()
    plain.shutdown()
    plain.server_close()


def test_the_page_finds_in_a_browser(two_servers: tuple[str, str], page: Page) -> None:
    preview, plain = two_servers
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{plain}/search/?q=冬季供热")
    page.wait_for_selector("#results[data-state=done]")
    assert page.locator("#results li a").first.get_attribute("href") == f"{plain}/tzgg/a.html"
    page.check("input[name=scope][value=all]")
    page.fill("#q", "琥珀色预警")
    page.press("#q", "Enter")
    page.wait_for_function(
        "document.querySelector('#results a')?.href.startsWith('https://www.cc.example/tzgg/b.html')"
    )
    page.goto(f"{preview}/jilin/search/?q=琥珀色预警&scope=all")
    page.wait_for_selector("#results[data-state=done]")
    assert page.locator("#results li a").first.get_attribute("href") == f"{preview}/cc/tzgg/b.html"
    page.goto(f"{preview}/cc/tzgg/")
    page.fill("form[role=search] input[name=q]", "表格里的字") if page.locator("#q-menu").is_visible() else page.goto(
        f"{preview}/cc/search/?q=表格里的字"
    )
    page.keyboard.press("Enter")
    page.wait_for_selector("#results[data-state=done] li a")
    assert page.locator("#results li a").first.get_attribute("href") == f"{preview}/cc/tzgg/b.html"
    assert problems == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_accessible_in_every_state(build_site: Callable[..., Built], browser: Browser, width: int) -> None:
    built = build_site({**FILES, "sites/jilin.yaml": FILES["sites/jilin.yaml"] + PROMOTED})
    with served(built.output / "jilin") as address:
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()

        def look(query: str) -> None:
            page.goto(f"{address}/search/?{query}")
            page.wait_for_selector("#results[data-state=done]", state="attached")
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        look("q=热线")
        assert [mark.inner_text() for mark in page.locator("#results .promoted .mark").all()] == ["推荐", "推荐"]
        look("q=供热&order=date")
        assert page.locator("#results mark").count() > 0
        look("q=供热&scope=all&site=cc")
        assert page.is_visible(".chip")
        page.click("#filters summary")
        page.wait_for_selector("#filters select")
        assert axe(page) == []
        look("q=鸸鹋&kind=news")
        assert page.locator(".help a").all_inner_texts() == ["去掉筛选条件，在全部栏目里查找", "在全站群查找"]
        assert page.is_visible(".browse >> text=通知公告")
        page.click("text=去掉筛选条件，在全部栏目里查找")
        page.wait_for_url("**/search/?q=*")
        assert "kind" not in page.url
        page.focus("#q")
        page.fill("#q", "")
        page.type("#q", "供热")
        page.wait_for_selector("#suggestions li")
        page.keyboard.press("ArrowDown")
        assert axe(page) == []
        box, listed = (page.locator(f"#{name}").bounding_box() for name in ("q", "suggestions"))
        assert box and listed and listed["y"] >= box["y"] + box["height"]
        page.keyboard.press("Escape")
        page.click("[data-do=elder]")
        look("q=供热&order=date")
        small = "one => one.innerText && parseFloat(getComputedStyle(one).fontSize) < 24"
        assert not page.evaluate(f"[...document.querySelectorAll('main *')].some({small})")
        context.close()


def test_tokens_forget_what_was_damaged_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.tokens"
    keys = [bytes([n]) * 20 for n in range(3)]
    for key in keys:
        tokens = Tokens(path)
        tokens.put(key, b"value" + key)
        tokens.close(3)
    whole = path.read_bytes()
    assert [Tokens(path).get(key) for key in keys] == [b"value" + key for key in keys]
    path.write_bytes(whole[:-1])
    assert [Tokens(path).get(key) is None for key in keys] == [False, False, True]
    path.write_bytes(whole.replace(b"value" + keys[1], b"valuX" + keys[1]))
    assert [Tokens(path).get(key) is None for key in keys] == [False, True, False]


def test_tokens_that_are_replaced_do_not_pile_up(tmp_path: Path) -> None:
    path = tmp_path / "a.tokens"
    for run in range(50):
        tokens = Tokens(path)
        tokens.put(b"new".ljust(20), bytes([run]) * 1000)
        if not run:
            tokens.put(b"old".ljust(20), b"kept")
        tokens.close(1)
        assert path.stat().st_size < 3000
        assert Tokens(path).get(b"new".ljust(20)) == bytes([run]) * 1000
        assert Tokens(path).get(b"old".ljust(20)) == b"kept"


def test_a_word_over_a_line_end_is_found(tmp_path: Path) -> None:
    folder = new_cluster(
        tmp_path,
        {
            "sites/cluster.yaml": "name: 群\nroot: jilin\nsearch: on\n",
            "sites/cc.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
            "content/cc/tzgg/a.md": "---\ntitle: 公告甲\ndate: 2026-11-20\n---\n为做好不动产登\n记工作，\n现公告如下。\n\n- 其一\n- 其二\n",
        },
    )
    built = folder.build()
    assert built.exit_code == 0
    assert len(ask(built, "cc", "登记")) == 1


def test_the_text_of_a_page_runs_on_where_only_the_source_is_broken() -> None:
    html = "<p>不动产登\n<em>记工作</em>，\n现公告</p>\n<ul>\n<li>其一</li>\n<li>其二<br>\n其三</li>\n</ul>\n<p>a\nb &lt;</p>"
    html += "<table>\n<tr>\n<td>甲</td>\n<td>乙</td>\n</tr>\n</table>\n<pre>一\n二</pre>"
    assert plain_text(html) == "不动产登记工作，现公告\n其一\n其二\n其三\na b <\n甲\n乙\n一\n二"
    assert plain_text(convert("一[^1]二\n三\n\n[^1]: 注")[0]) == "一二三\n注"


def test_the_text_of_a_page_marks_its_headings() -> None:
    assert (
        plain_text('<p>甲</p><h2 id="x">一、总体 <em>要求</em></h2>\n<p>乙</p>\n<h3> 丙</h3>')
        == "甲\n\f一、总体 要求\n乙\n\f丙"
    )


PLACES = """引言里有公积金。

## 一、总体要求 *原则*

缴存公积金的单位。

## 办理

**第一条** 为了管理。

第二条　提取手续见柜台。

第三条之二 逾期加收滞纳金。

### 办理

另行通知缴存比例。

## search

查询方式。
"""


def test_a_result_leads_to_its_heading_or_clause(build_site: Callable[..., Built], browser: Browser) -> None:
    page_of = article("住房管理细则", PLACES, slug="p")
    built = build_site({**FILES, "content/jilin/tzgg/p.md": page_of})
    ids = set(re.findall(r'id="([^"]+)"', built.html("jilin", "tzgg/p.html")))
    wanted = {
        "公积金单位": "一-总体要求-原则", "提取手续": "第二条", "滞纳金": "第三条之二", "缴存比例": "办理-2", "引言": "", "住房管理": "",
        "查询方式": "",
    }  # fmt: skip
    with served(built.output / "jilin") as address:
        page = browser.new_page()
        for query, name in wanted.items():
            page.goto(f"{address}/search/?q={query}")
            page.wait_for_selector("#results[data-state=done]", state="attached")
            page.wait_for_load_state("networkidle")
            link = page.locator("#results a").first.get_attribute("href") or ""
            assert unquote(link) == f"{address}/tzgg/p.html" + (f"#{name}" if name else "")
            assert not name or name in ids
        page.close()
