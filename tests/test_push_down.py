"""Push-down: an article of a superior appears on its subordinates, from a single source, and disappears with it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from jiyue.build.changed_check import file_findings
from jiyue.catalogue.read import stable_id
from jiyue.registry.load import load_registry
from jiyue.search.fragments import plain
from tests.support.cluster import Built, ClusterFolder
from tests.support.samples import VIDEO, png, xlsx

CLUSTER = "name: 吉林省政府网站群\nroot: jilin\ndefaults:\n  columns: [{path: tzgg, name: 通知公告, type: 通知公告}]\n"
SITES = {
    "sites/cluster.yaml": CLUSTER,
    "sites/changchun.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
    "sites/nanguan.yaml": "name: 南关区人民政府\nkind: county\nsuperior: changchun\nurl: https://www.jl.example/ng\n"
    "columns: [{path: gsgg, name: 公示公告, type: 通知公告}, {path: tzgg, off: true}]\n",
    "sites/siping.yaml": "name: 四平市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.sp.example\n",
    "sites/lishu.yaml": "name: 梨树县人民政府\nkind: county\nsuperior: siping\nurl: https://www.ls.example\n",
}
WITHOUT_SEARCH = {**SITES, "sites/cluster.yaml": CLUSTER.replace("root", "search: off\nroot", 1)}
COLUMN = {"jilin": "tzgg", "changchun": "tzgg", "nanguan": "gsgg", "siping": "tzgg", "lishu": "tzgg"}
TITLE = "关于独一无二事项的通知"
SOURCE = "content/jilin/tzgg/20261120-notice.md"
COPY = stable_id("jilin", "", "notice-1")
"""The name of the article's page on every site that receives it."""


def notice(push: str, more: str = "", body: str = "正文。") -> str:
    return f"---\ntitle: {TITLE}\ndate: 2026-11-20 09:30\nid: notice-1\npush_down: {push}\n{more}---\n\n{body}\n"


def page_on(site: str) -> str:
    return f"{COLUMN[site]}/{'notice-1' if site == 'jilin' else COPY}.html"


def receivers(built: Built) -> set[str]:
    return {
        site
        for site in COLUMN
        if site != "jilin"
        and any(name.startswith(f"{site}/") and TITLE.encode() in data for name, data in built.files().items())
    }


@pytest.mark.parametrize(
    ("push", "expected"),
    [
        ("all", {"changchun", "nanguan", "siping", "lishu"}),
        ("county", {"nanguan", "lishu"}),
        ("[prefecture]", {"changchun", "siping"}),
        ("[lishu, changchun]", {"lishu", "changchun"}),
        ("[county, changchun]", {"nanguan", "lishu", "changchun"}),
    ],
)
def test_an_article_reaches_all_a_kind_or_named_sites(
    build_site: Callable[..., Built], push: str, expected: set[str]
) -> None:
    built = build_site({**SITES, SOURCE: notice(push)})
    assert built.diagnostics == []
    assert receivers(built) == expected
    for site in expected:
        assert TITLE in built.html(site, f"{COLUMN[site]}/"), "in the column of the same type"


def test_a_prefecture_reaches_only_its_own_counties(build_site: Callable[..., Built]) -> None:
    built = build_site({**SITES, "content/changchun/tzgg/a.md": notice("all")})
    assert receivers(built) == {"changchun", "nanguan"}


def test_the_copy_names_its_origin_and_stands_in_no_sitemap(build_site: Callable[..., Built]) -> None:
    built = build_site({**SITES, SOURCE: notice("all", "source: 省政府办公厅\n")})
    for site in ("changchun", "nanguan"):
        page = built.html(site, page_on(site))
        assert '<link rel="canonical" href="https://www.jl.example/tzgg/notice-1.html">' in page
        origin = page.partition('class="origin"')[2].partition("</p>")[0]
        assert 'href="https://www.jl.example/tzgg/notice-1.html"' in origin
        assert "吉林省人民政府" in origin
        assert "省政府办公厅" in page
        files = {name: data for name, data in built.files().items() if name.startswith(f"{site}/")}
        for name in (f"{site}/sitemap.xml", f"{site}/feed.atom"):
            assert b"notice-1" not in files[name]
        record = json.loads(files[f"{site}/api/articles-2026.jsonl"])
        assert record["origin"] == "https://www.jl.example/tzgg/notice-1.html"
        assert record["source_path"] == SOURCE
    assert b"notice-1" in built.files()["jilin/sitemap.xml"]


def test_a_repost_that_is_pushed_down_is_still_its_first_publishers(build_site: Callable[..., Built]) -> None:
    first = "https://www.gov.cn/yaowen/t1.htm"
    built = build_site({**SITES, SOURCE: notice("all", f"repost_of: {{name: 中国政府网, url: '{first}'}}\n")})
    for site in ("jilin", "changchun"):
        assert f'<link rel="canonical" href="{first}">' in built.html(site, page_on(site))
    origin = built.html("changchun", page_on("changchun")).partition('class="origin"')[2].partition("</p>")[0]
    assert 'href="https://www.jl.example/tzgg/notice-1.html"' in origin, "readers are told who pushed it here"


@pytest.mark.parametrize("end", ["withdraw: {at: 2026-11-22 08:00, reason: 内容有误}\n", "expires: 2026-11-22 08:00\n"])
def test_withdrawn_at_the_origin_it_is_gone_everywhere(new_folder: Callable[..., ClusterFolder], end: str) -> None:
    """Not a byte of title, text, pictures or files is left, not even packed in a search index; no other article waits for it."""
    body = "正文里有独特的芝麻开门四字，见[附件](表.xlsx)。\n\n![图](a.png)"
    links = {
        "jilin": SOURCE.rpartition("/")[2],
        "siping": "https://www.jl.example/tzgg/notice-1.html",
        "lishu": f"https://www.ls.example/tzgg/{COPY}.html",
    }
    own = "---\ntitle: 本地通知\ndate: 2026-11-20\nslug: own\n---\n按[上述要求]({})办。\n"
    folder = new_folder({
        **SITES, SOURCE: notice("all", body=body), "content/jilin/tzgg/a.png": png("png"), "content/jilin/tzgg/表.xlsx": xlsx(),
        **{f"content/{site}/tzgg/own.md": own.format(link) for site, link in links.items()},
    })  # fmt: skip
    built = folder.build()
    assert receivers(built) == {"changchun", "nanguan", "siping", "lishu"}
    assert sum(name.endswith("a.png") for name in built.files()) == 5
    assert all("上述要求</a>" in built.html(site, "tzgg/own.html") for site in links)
    assert any("芝麻开门".encode() in unpacked(data) for name, data in built.files().items() if "/search/" in name)
    withdrawn = {data for name, data in built.files().items() if name.endswith(("a.png", "表.xlsx"))}
    folder.write({
        SOURCE: notice("all", end, body),
        "content/lishu/tzgg/slip.md": "没有开头\n",
        "content/changchun/tzgg/new.md": "---\ntitle: 同时发布的\ndate: 2026-11-22\nslug: new\n---\n正文。\n",
    })  # fmt: skip
    after = folder.build()
    assert {(d["site"], d["rule"]) for d in after.diagnostics if d["severity"] == "error"} == {
        ("lishu", "article-head")
    }
    assert "同时发布的" in after.html("changchun", "tzgg/new.html")
    for site in links:
        assert "按上述要求办。" in after.html(site, "tzgg/own.html"), "a link to it becomes text"
    for name, data in after.files().items():
        if name == "_cluster/withheld.json":
            continue  # names what is kept back; not published
        said = unpacked(data) if "/search/" in name else data
        for mark in (TITLE, "芝麻开门"):
            assert mark.encode() not in said, name
        assert not {"notice-1", COPY, "表.xlsx", "a.png"}.intersection(name.split("/")), name
        assert COPY not in name
        assert name.startswith("_cluster/") or b"notice-1" not in said, name
        assert data not in withdrawn, "a file goes with the only article that shows it"
    assert after.files() == folder.build("--no-cache", output=folder.root / "clean").files()


def unpacked(data: bytes) -> bytes:
    """A file of a search index with what is compressed in it."""
    try:
        return data + plain(data).encode()
    except (ValueError, zlib.error):
        return data


def test_embargoed_it_appears_nowhere_until_its_time_and_then_everywhere(
    new_folder: Callable[..., ClusterFolder],
) -> None:
    folder = new_folder({**SITES, SOURCE: notice("all", "publish_at: 2026-11-23 12:00\n")})
    assert not any(TITLE.encode() in data for data in folder.build(today="2026-11-23T11:59").files().values())
    assert receivers(folder.build(today="2026-11-23T12:00")) == {"changchun", "nanguan", "siping", "lishu"}


def test_no_column_of_that_type_is_a_diagnostic_and_the_others_receive(build_site: Callable[..., Built]) -> None:
    files = {
        **SITES,
        SOURCE: notice("all"),
        "sites/lishu.yaml": SITES["sites/lishu.yaml"] + "columns: [{path: tzgg, off: true}]\n",
    }
    built = build_site(files)
    (found,) = built.diagnostics
    assert (found["rule"], found["site"], found["path"]) == ("push-column", "jilin", SOURCE)
    assert found["message"] == "1 个接收站点（lishu）没有类别为「通知公告」的栏目"
    assert "type: 通知公告" in found["hint"]
    assert receivers(built) == {"changchun", "nanguan", "siping"}
    assert built.exit_code == 1


def test_from_a_column_without_a_type_nothing_can_go_down(build_site: Callable[..., Built]) -> None:
    built = build_site({**SITES, "content/jilin/misc/a.md": notice("all")})
    (found,) = built.diagnostics
    assert (found["rule"], found["message"]) == ("push-column", "栏目「misc」没有类别（type），无法推送")
    assert receivers(built) == set()


@pytest.mark.parametrize(
    ("push", "message", "hint"),
    [
        ("countys", "push_down: 「countys」没有这个站点", "是否想写 county？"),
        ("[lishoo, county]", "push_down: 「lishoo」没有这个站点", "是否想写 lishu？"),
        (
            "jilin",
            "push_down: 「jilin」不是本站的下级站点",
            "写 all、一类站点（prefecture、county、department）或下级站点的编号",
        ),
    ],
)
def test_a_wrong_target_is_named(build_site: Callable[..., Built], push: str, message: str, hint: str) -> None:
    built = build_site({**SITES, SOURCE: notice(push)})
    (found,) = built.diagnostics
    assert (found["rule"], found["path"], found["message"], found["hint"]) == ("push-target", SOURCE, message, hint)


class Addresses(HTMLParser):
    """The src and href of all that is fed."""

    def __init__(self) -> None:
        super().__init__()
        self.src: list[str] = []
        self.href: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href"):
                getattr(self, name).append(value or "")


BODY = """
![图一](a.png) ![图二](图/二 号.png "标题") ![图三]({static}a(1).png) ![图四][4] <img src="/images/b.png" alt="图五">

[别的文章](other.md#第一节) [撤下的](gone.md) [草稿](draft.md) [表格](biao.xlsx) [首页](/) [站外](https://www.gov.cn/) [段落](#a)

[4]: ../images/b.png
"""


def test_pictures_come_along_and_links_lead_to_the_origin(build_site: Callable[..., Built]) -> None:
    other = "---\ntitle: 别的\ndate: 2026-11-01\nslug: bie\n---\n正文。\n"
    built = build_site({
        **SITES, SOURCE: notice("all", body=BODY), "content/jilin/tzgg/a.png": png("one"), "content/jilin/tzgg/图/二 号.png": png("two"),
        "content/jilin/tzgg/a(1).png": png("three"), "content/jilin/images/b.png": png("four"), "content/jilin/tzgg/biao.xlsx": xlsx(),
        "content/jilin/tzgg/other.md": other, "content/jilin/tzgg/gone.md": other.replace("bie", "gone\nexpires: 2026-11-02"),
        "content/jilin/tzgg/draft.md": other.replace("bie", "draft\nstatus: draft"),
    })  # fmt: skip
    assert built.rules() == ["link-anchor", "link-withheld", "link-withheld", "link-anchor"]

    def body(site: str) -> tuple[str, Addresses]:
        html = built.html(site, page_on(site)).partition('<div class="body">')[2].partition("</div>")[0]
        addresses = Addresses()
        addresses.feed(html)
        return html, addresses

    for site in ("lishu", "nanguan"):
        html, found = body(site)
        assert len(found.src) == 5, html
        data = [(built.output / site / COLUMN[site] / unquote(src)).read_bytes() for src in found.src]
        assert all(one.startswith(b"\x89PNG") for one in data)
        assert len(set(data)) == 4
        assert data[3] == data[4]
        assert [unquote(href) for href in found.href] == [
            "https://www.jl.example/tzgg/bie.html#第一节", "https://www.jl.example/tzgg/biao.xlsx", "https://www.jl.example/",
            "https://www.gov.cn/", "#a",
        ]  # fmt: skip
        assert "撤下的" in html
        assert "草稿" in html
    html, found = body("jilin")
    assert [unquote(href) for href in found.href] == [
        "../tzgg/bie.html#第一节",
        "biao.xlsx",
        "../",
        "https://www.gov.cn/",
        "#a",
    ]
    for src in found.src:
        assert (built.output / "jilin" / "tzgg" / unquote(src)).is_file(), src


def test_a_change_of_what_is_linked_changes_the_page_that_links(new_folder: Callable[..., ClusterFolder]) -> None:
    other = "---\ntitle: 别的\ndate: 2026-11-01\nslug: {}\n---\n正文。\n"
    linking = notice("all", body="[别的](other.md) ![图](late.png)")
    folder = new_folder({**SITES, SOURCE: linking, "content/jilin/tzgg/other.md": other.format("before")})
    folder.build()
    folder.write({"content/jilin/tzgg/other.md": other.format("after"), "content/jilin/tzgg/late.png": png("png")})
    built = folder.build()
    assert "tzgg/after.html" in built.html("lishu", page_on("lishu"))
    assert "../tzgg/after.html" in built.html("jilin", "tzgg/notice-1.html")
    assert built.files() == folder.build("--no-cache", output=folder.root / "clean").files()


def test_a_picture_from_another_host_is_described_not_loaded(build_site: Callable[..., Built]) -> None:
    body = '![一图](https://other.example/a.png)\n\n<img alt="二图" src="//other.example/b.png">\n\n[原图在别处](https://other.example/c.png)'
    built = build_site({**SITES, SOURCE: notice("all", body=body)})
    assert built.exit_code == 0
    assert [(d["rule"], d["severity"], d["line"]) for d in built.diagnostics] == [
        ("article-picture", "warning", 8), ("article-picture", "warning", 10),
    ]  # fmt: skip
    for site in ("jilin", "lishu"):
        page = built.html(site, page_on(site))
        assert "<img" not in page
        assert "［图片：一图］" in page
        assert "［图片：二图］" in page
        assert 'href="https://other.example/c.png"' in page


def test_the_same_id_at_two_superiors_and_at_the_receiver(build_site: Callable[..., Built]) -> None:
    """Ids are unique on a site, not in the cluster: none of the three takes another's place."""
    texts = {"jilin": "省的", "changchun": "市的", "nanguan": "区的"}
    files: dict[str, str | bytes] = {
        f"content/{site}/{COLUMN[site]}/a.md": notice("all", body=f"![图](a.png)\n\n{text}").replace(
            TITLE, f"{text}通知"
        )
        for site, text in texts.items()
        if site != "nanguan"
    }
    files |= {f"content/{site}/{COLUMN[site]}/a.png": png(site) for site in ("jilin", "changchun")}
    files["content/nanguan/gsgg/a.md"] = (
        notice("all", body="区的").replace(TITLE, "区的通知").replace("push_down: all\n", "")
    )
    built = build_site({**SITES, **files})
    assert (built.exit_code, built.diagnostics) == (0, [])
    pages = {
        name: data.decode()
        for name, data in built.files().items()
        if name.startswith("nanguan/gsgg/") and name.endswith(".html")
    }
    for text in texts.values():
        assert sum(f"<h1>{text}通知</h1>" in html for html in pages.values()) == 1, text
    assert len([name for name in built.files() if name.startswith("nanguan/gsgg/") and name.endswith("a.png")]) == 2


def test_a_video_is_watched_where_it_lies(build_site: Callable[..., Built]) -> None:
    """A page asks no other host for anything, and a large file is not copied to every site below."""
    front = "layout: video\nvideo: {src: v.mp4, poster: a.png, captions: v.vtt}\n"
    beside = {"v.mp4": VIDEO, "v.vtt": "WEBVTT\n", "a.png": png("poster")}
    built = build_site(
        {**SITES, SOURCE: notice("all", front), **{f"content/jilin/tzgg/{n}": d for n, d in beside.items()}}
    )
    assert built.diagnostics == []
    assert '<source src="../tzgg/v.mp4"' in built.html("jilin", page_on("jilin"))
    html = built.html("nanguan", page_on("nanguan"))
    found = Addresses()
    found.feed(html.partition("<main")[2].partition("</main>")[0])
    assert "<video" not in html
    [poster] = found.src
    assert (built.output / "nanguan" / "gsgg" / poster).resolve().read_bytes().startswith(b"\x89PNG")
    assert '<a href="https://www.jl.example/tzgg/notice-1.html">到吉林省人民政府观看视频</a>' in html
    assert not [name for name in built.files() if name.startswith("nanguan/") and name.endswith(".mp4")]


DECLINES = "- article: jilin/notice-1\n  reason: 本县已另行印发\n  at: 2026-11-21\n"


def test_a_receiver_declines_with_a_reason_that_the_origin_sees(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder({**WITHOUT_SEARCH, SOURCE: notice("all"), "content/lishu/declined.yaml": DECLINES})
    built = folder.build()
    assert receivers(built) == {"changchun", "nanguan", "siping"}
    (found,) = built.diagnostics
    assert (found["rule"], found["severity"], found["site"], found["path"]) == (
        "push-declined",
        "info",
        "jilin",
        SOURCE,
    )
    assert found["message"] == "1 个站点谢绝了这篇文章：梨树县人民政府（本县已另行印发）"
    assert not any("declined.yaml" in name for name in built.files()), "who declines what is internal"
    receipt = json.loads(built.files()["_cluster/receipts.jsonl"])
    assert receipt["declined"] == [{"site": "lishu", "reason": "本县已另行印发", "at": "2026-11-21"}]
    assert [row["site"] for row in receipt["shown"]] == ["changchun", "nanguan", "siping"]
    for row in receipt["shown"]:
        path = row["url"].partition(".example/")[2].removeprefix("ng/")
        assert TITLE in built.html(row["site"], path)
    assert (receipt["article"], receipt["since"], receipt["mandatory"]) == ("jilin/notice-1", "2026-11-20 09:30", False)
    folder.write({SOURCE: notice("all", "mandatory: true\n")})
    built = folder.build()
    assert receivers(built) == {"changchun", "nanguan", "siping", "lishu"}
    (found,) = built.diagnostics
    assert (found["rule"], found["site"], found["line"]) == ("push-mandatory", "lishu", 1)
    assert found["message"] == f"「{TITLE}」是吉林省人民政府要求必须登载的，不能谢绝，照常显示"
    folder.write({SOURCE: notice("all", "withdraw: {at: 2026-11-22 08:00, reason: 内容有误}\n")})
    built = folder.build()
    assert built.diagnostics == [], "a line about an article that was withdrawn is no slip"
    assert "_cluster/receipts.jsonl" not in built.files()


def test_a_wrong_entry_declines_nothing_and_keeps_no_other_back(build_site: Callable[..., Built]) -> None:
    entries = (
        "- article: jilin/notice-2\n  reason: 写错了编号\n  at: 2026-11-21\n"
        "- article: jilin/notice-1\n  reson: 本县已另行印发\n  at: 2026-11-21\n"
        "- article: jilin/notice-1\n  at: 2026-11-21\n"
        "- article: jilin/notice-1\n  reason: 无\n  at: 十一月\n"
        "- jilin/notice-1\n"
    )
    by_path = DECLINES.replace("jilin/notice-1", SOURCE)
    built = build_site({**WITHOUT_SEARCH, SOURCE: notice("all"), "content/lishu/declined.yaml": entries,
                        "content/siping/declined.yaml": by_path, "content/changchun/declined.yaml": "谢绝\n"})  # fmt: skip
    assert receivers(built) == {"changchun", "nanguan", "lishu"}, "by its path as well as by its id"
    found = {(d["path"], d["line"]): d["message"] for d in built.diagnostics if d["rule"].startswith("push-declined-")}
    ledger = "content/lishu/declined.yaml"
    assert found == {
        ("content/changchun/declined.yaml", 1): "应当是一个列表",
        (ledger, 1): "没有名为「jilin/notice-2」的推送文章",
        (ledger, 5): "不认识的键「reson」",
        (ledger, 7): "缺少「reason」",
        (ledger, 11): "at: 「十一月」不是有效的日期",
        (ledger, 12): "应是「键: 值」的形式",
    }
    changed = file_findings(built.root, load_registry(built.root), [ledger], "2026-11-23 08:00")
    assert [(d.rule, d.line) for d in changed] == [("push-declined-entry", line) for line in (5, 7, 11, 12)]


def test_a_site_says_which_column_receives(build_site: Callable[..., Built]) -> None:
    columns = "columns: [{path: sj, name: 上级文件}]\nreceives: {通知公告: %s}\n"
    built = build_site({**WITHOUT_SEARCH, SOURCE: notice("all"),
                        "sites/lishu.yaml": SITES["sites/lishu.yaml"] + columns % "sj",
                        "sites/siping.yaml": SITES["sites/siping.yaml"] + columns % "sjj"})  # fmt: skip
    assert TITLE in built.html("lishu", "sj/")
    assert TITLE in built.html("siping", "tzgg/"), "a slip keeps nothing back"
    (found,) = built.diagnostics
    assert (found["rule"], found["severity"], found["path"], found["line"]) == (
        "site-receives", "warning", "sites/siping.yaml", 6,
    )  # fmt: skip
    assert found["message"] == "receives：本站没有栏目「sjj」，类别为「通知公告」的推送文章仍按类别进栏目"
    assert found["hint"] == "是否想写 sj？"


def test_an_arrival_changes_every_page_that_shows_it_and_no_other(new_folder: Callable[..., ClusterFolder]) -> None:
    """Pages of own articles that show a pushed one: a topic by keyword, and a document that is interpreted or amended."""
    own = "---\ntitle: 本县的事\ndate: 2026-11-01\n{}---\n正文。\n"
    folder = new_folder({
        **WITHOUT_SEARCH, SOURCE: notice("none").replace("push_down: none\n", "keywords: [防汛]\n"),
        "content/jilin/tzgg/decree.md": notice("none").replace("push_down: none\n", "kind: document\n").replace("notice-1", "decree"),
        "content/lishu/tzgg/topic.md": own.format("slug: topic\nlayout: topic\nkeywords: [防汛]\n"),
        "content/lishu/tzgg/plain.md": own.format("slug: plain\n"),
        "content/siping/tzgg/reading.md": own.format(
            "slug: reading\nkind: interpretation\ninterprets: jilin/tzgg/decree.md\n"
        ),
    })  # fmt: skip
    folder.build()
    before = {path: path.stat().st_mtime_ns for path in folder.root.joinpath("output").rglob("*.html")}
    folder.write({
        SOURCE: notice("all", "keywords: [防汛]\n"),
        "content/jilin/tzgg/decree.md": notice("all", "kind: document\n").replace("notice-1", "decree"),
    })  # fmt: skip
    built = folder.build()
    assert TITLE in built.html("lishu", "tzgg/topic.html")
    decree = stable_id("jilin", "", "decree")
    assert f"{decree}.html" in built.html("siping", "tzgg/reading.html"), "the copy here, no longer the one at home"
    plain = built.output / "lishu" / "tzgg" / "plain.html"
    assert plain.stat().st_mtime_ns == before[plain]
    assert built.files() == folder.build("--no-cache", output=folder.root / "clean").files()


def test_an_arrival_changes_the_dates_of_its_column_in_the_sitemap(new_folder: Callable[..., ClusterFolder]) -> None:
    """Where no page of an own article shows what arrives."""
    own = "---\ntitle: 本县的事\ndate: 2026-11-01\n---\n正文。\n"
    folder = new_folder({**WITHOUT_SEARCH, SOURCE: notice("none"), "content/lishu/tzgg/plain.md": own})
    assert "<loc>https://www.ls.example/tzgg/</loc><lastmod>2026-11-01<" in folder.build().html("lishu", "sitemap.xml")
    folder.write({SOURCE: notice("all")})
    built = folder.build()
    assert "<loc>https://www.ls.example/tzgg/</loc><lastmod>2026-11-20<" in built.html("lishu", "sitemap.xml")
    assert built.files() == folder.build("--no-cache", output=folder.root / "clean").files()
