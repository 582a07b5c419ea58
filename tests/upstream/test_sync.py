"""`jiyue sync` against a real server: what becomes a draft, what raises an alarm, and what is never lost or made twice."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from jiyue.base.clock import BEIJING
from jiyue.base.diagnostics import Severity
from jiyue.build.changed_check import file_findings
from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.catalogue.frontmatter import split
from jiyue.catalogue.read import read_article
from jiyue.cli.app import application
from jiyue.registry.load import load_registry
from jiyue.registry.site import Site
from jiyue.registry.upstream import UpstreamFile
from jiyue.upstream.drafts import Draft, fingerprint, render
from jiyue.upstream.sources import Source
from jiyue.upstream.sync import SyncReport, sync
from tests.support.cluster import DEFAULTS, ClusterFolder
from tests.support.upstream import Reply, Upstream, stamp, upstream

SITE = Site("jilin", "甲", "甲", "province", "https://www.jl.example", (), {}, ())
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=BEIJING)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
TEXT = "各市（州）人民政府：为切实做好低温雨雪冰冻天气防范应对工作，现就有关事项通知如下，请认真贯彻落实。"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in DEFAULTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def page(
    title: str = "关于防范应对工作的通知", date: str = "2026-11-20 09:30", source: str = "国务院办公厅", body: str = ""
) -> Reply:
    """An article page with the page tags, navigation and a footer."""
    return Reply.of(
        f'<html><head><title>x</title><meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="{date}">'
        f'<meta name="ContentSource" content="{source}"></head><body><div class="nav"><a href="/">首页</a></div>'
        f'<div class="TRS_Editor">{body or f"<p>　　{TEXT}</p><p>　　{TEXT[::-1]}</p>"}</div><footer>版权所有</footer></body></html>'
    )


def rss(url: str, *items: tuple[str, str, str]) -> Reply:
    """A feed of (title, path, pubDate)."""
    rows = "".join(
        f"<item><title>{t}</title><link>{url}{p}</link><guid isPermaLink='false'>g{p}</guid><pubDate>{d}</pubDate></item>"
        for t, p, d in items
    )
    return Reply.of(
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{rows}</channel></rss>', "text/xml"
    )


def source(
    root: Path, site: Upstream, more: str = "", path: str = "/feed.xml", type_: str = "feed", name: str = "gov"
) -> None:
    """Write a source file; more: further lines."""
    folder = root / "sites" / "upstream"
    folder.mkdir(exist_ok=True)
    head = f"name: 中国政府网\nurl: {site.url}{path}\ntype: {type_}\nsite: jilin\ncolumn: yw\ninternal: true\nlimits: {{seconds: 0.3}}\n"
    more = more if "page:" in more or "full:" in more else f"{more}page: {{body: .TRS_Editor}}\n"
    (folder / f"{name}.yaml").write_text(head + more, "utf-8")


def run(root: Path, now: datetime = NOW, **options: Any) -> SyncReport:
    return sync(root, load_registry(root), (), now=now, sleep=lambda _: None, **options)


def rules(report: SyncReport) -> list[str]:
    return [finding.rule for finding in report.findings]


def written(root: Path) -> dict[str, Any]:
    """The articles, by their titles: front matter, with the text under `body`."""
    found = {}
    for path in sorted((root / "content").rglob("*.md")):
        parts = split(path.read_text("utf-8"))
        found[parts.values["title"]] = {**parts.values, "body": parts.body.strip(), "path": path}
    return found


ONE = ("关于防范应对工作的通知", "/a.htm", "Fri, 20 Nov 2026 09:30:00 +0800")


def test_a_new_item_becomes_a_draft_with_its_whole_provenance(root: Path, site: Upstream) -> None:
    source(root, site, "licence: 政府信息，转载须注明来源\n")
    site.replies |= {"/feed.xml": rss(site.url, ONE), "/a.htm": page()}
    report = run(root)
    assert rules(report) == []
    draft = written(root)["关于防范应对工作的通知"]
    assert report.sources[0].new == [draft["path"].relative_to(root).as_posix()]
    assert draft["path"].name == f"20261120-{draft['path'].stem[-8:]}.md"
    assert draft["body"] == f"{TEXT}\n\n{TEXT[::-1]}"
    assert (draft["date"], draft["status"], draft["source"]) == ("2026-11-23 10:00", "draft", "国务院办公厅")
    origin = {"name": "中国政府网", "url": f"{site.url}/a.htm", "published": "2026-11-20 09:30"}
    assert draft["repost_of"] == origin
    reply = site.replies["/a.htm"]
    assert isinstance(reply, Reply)
    assert {key: draft["synced"][key] for key in ("by", "at", "sha256", "share", "licence", "item")} == {
        "by": "gov", "at": "2026-11-23 10:00", "sha256": sha256(reply.body).hexdigest(), "share": "1.0",
        "licence": "政府信息，转载须注明来源", "item": "g/a.htm",
    }  # fmt: skip


def test_an_official_document_with_its_fields(root: Path, site: Upstream) -> None:
    source(root, site, "kind: document\n")
    lines = [
        "国办发〔2026〕1号",
        "各市（州）人民政府：",
        f"　　{TEXT}",
        "　　本办法自2026年12月1日起施行。",
        "国务院办公厅",
        "2026年11月18日",
    ]
    body = "".join(f"<p>{line}</p>" for line in lines)
    site.replies |= {"/feed.xml": rss(site.url, ONE), "/a.htm": page("国务院办公厅关于防范应对工作的通知", body=body)}
    assert rules(run(root)) == []
    [draft] = written(root).values()
    assert {key: draft.get(key) for key in ("kind", "doc_number", "issuer", "genre", "created", "effective")} == {
        "kind": "document", "doc_number": "国办发〔2026〕1号", "issuer": "国务院办公厅", "genre": "通知", "created": "2026-11-18",
        "effective": "2026-12-01",
    }  # fmt: skip
    assert rules(run(root, NOW + timedelta(hours=7))) == []
    text = draft["path"].read_text("utf-8").replace("status: draft\n", "").encode()
    row, findings = read_article(text, "jilin", "yw", "yw", "a.md", "content/jilin/yw/a.md")
    assert row is not None and findings == []


def test_what_is_here_is_not_made_again(root: Path, site: Upstream) -> None:
    source(root, site)
    site.replies |= {"/feed.xml": rss(site.url, ONE, ("乙", "/b.htm", ONE[2])), "/a.htm": page(), "/b.htm": page("乙")}
    by_hand = root / "content" / "jilin" / "yw" / "b.md"
    by_hand.parent.mkdir(parents=True)
    by_hand.write_text(
        f"---\ntitle: 乙\ndate: 2026-11-20\nrepost_of: {{name: 甲, url: '{site.url}/b.htm#x'}}\n---\n文\n", "utf-8"
    )
    assert len(run(root).sources[0].new) == 1
    [moved] = set(by_hand.parent.glob("*.md")) - {by_hand}
    (root / "content" / "jilin" / "tzgg").mkdir()
    moved.rename(root / "content" / "jilin" / "tzgg" / "renamed.md")
    (root / ".jiyue" / "sync.json").unlink()
    assert run(root).sources[0].new == []
    assert len(written(root)) == 2


def test_a_list_that_nobody_updates_any_more(root: Path, site: Upstream) -> None:
    source(root, site, "max_age_days: 7\n")
    feed = rss(site.url, ONE, ("旧", "/b.htm", "Mon, 02 Nov 2026 09:30:00 +0800"))
    site.replies |= {
        "/feed.xml": Reply(feed.body, headers={**feed.headers, "ETag": '"1"'}),
        "/a.htm": page(),
        "/b.htm": page("旧"),
    }
    assert rules(run(root)) == []
    report = run(root, NOW + timedelta(days=8))
    assert [one.message.split("：")[-1] for one in report.findings] == ["最新一条是 2026-11-20 的，超过 7 天没有更新"]
    assert report.sources[0].unchanged


def test_what_an_office_deleted_is_not_made_again(root: Path, site: Upstream) -> None:
    source(root, site)
    site.replies |= {"/feed.xml": rss(site.url, ONE), "/a.htm": page()}
    run(root)
    git = ["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@example"]
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["commit", "-qm", "1"],
        ["rm", "-q", "-r", "content"],
        ["commit", "-qm", "2"],
    ):
        subprocess.run([*git, *command], check=True)
    report = run(root)
    assert (report.sources[0].new, rules(report), written(root)) == ([], [], {})
    site.replies["/feed.xml"] = rss(site.url, ONE, ("乙", "/b.htm", ONE[2]))
    site.replies["/b.htm"] = page("乙")
    run(root)
    assert list(written(root)) == ["乙"]


def test_an_article_on_another_host(root: Path, site: Upstream) -> None:
    """The selectors need not fit there, but who published it has to be said."""
    with upstream() as elsewhere:
        source(root, site)
        path = root / "sites" / "upstream" / "gov.yaml"
        host = elsewhere.url.replace("127.0.0.1", "localhost")
        site.replies["/feed.xml"] = rss("", ("甲", f"{host}/a.htm", ONE[2]))
        [finding] = run(root).findings
        assert "是内部网络的地址，不取" in finding.message and elsewhere.asked == []
        path.write_text(path.read_text("utf-8").replace("internal: true", "internal: false"), "utf-8")
        assert "是内部网络的地址，不取" in run(root).findings[0].message


def test_an_unchanged_list_is_not_read_again(root: Path, site: Upstream) -> None:
    source(root, site)
    feed = rss(site.url, ONE)
    site.replies |= {
        "/feed.xml": Reply(feed.body, headers={**feed.headers, "ETag": '"1"'}),
        "/a.htm": Reply(status=404),
    }
    assert rules(run(root)) == ["sync-fetch"]
    site.replies["/a.htm"] = page()
    report = run(root)  # the item that failed is not hidden by "not modified"
    assert (len(report.sources[0].new), report.sources[0].unchanged) == (1, False)
    report = run(root)
    assert (report.sources[0].unchanged, report.sources[0].items, rules(report)) == (True, None, [])
    assert run(root, dry_run=True).sources[0].items == 1  # a dry run tests everything
    source(root, site, "min_items: 9\n")  # another source file, another test
    assert rules(run(root)) == ["sync-rule"]


BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><rss><channel><item><title>&b;</title>'
    "</item></channel></rss>"
)
FAULTS = {
    "slow": (Reply(b"<rss/>", pause=9), "sync-fetch", "0.3 秒之内没有答完"),
    "busy": (Reply(status=500), "sync-fetch", "网站答复 500"),
    "inward": (Reply(status=302, headers={"Location": "http://127.0.0.1:9/"}), "sync-fetch", "内部网络的地址"),
    "large": (Reply(b" " * (50 << 20)), "sync-fetch", "内容超过 4 MB，没有读完"),
    "packed": (Reply.of(" " * (50 << 20)).packed, "sync-fetch", "内容超过 4 MB，没有读完"),
    "page": (page(), "sync-rule", "取到的不是订阅源"),
    "empty": (Reply.of("", "text/xml"), "sync-rule", "取到的不是订阅源"),
    "no items": (rss(""), "sync-rule", "只读到 0 条，至少应有 1 条"),
    "dates": (rss("http://a.example", ("甲", "/a", "昨天")), "sync-rule", "1 条的日期读不出来"),
    "bytes": (Reply(bytes(range(256)) * 9), "sync-rule", "文字编码认不出来"),
    "bomb": (Reply.of(BOMB, "text/xml"), "sync-rule", "只读到 0 条"),
    "json": (Reply.of('{"items": [', "application/json"), "sync-rule", "JSON 不完整"),
    "no feed": (Reply.of('{"a": 1}', "application/json"), "sync-rule", "没有 items"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_source_that_fails_raises_an_alarm_and_changes_nothing(root: Path, site: Upstream, fault: str) -> None:
    source(root, site)
    source(root, site, path="/good.xml", name="zgood")
    site.replies |= {"/feed.xml": rss(site.url, ONE), "/a.htm": page()}
    run(root)
    before = {path: path.read_bytes() for path in root.rglob("*.md")}
    reply, rule, message = FAULTS[fault]
    site.replies |= {"/feed.xml": reply, "/good.xml": rss(site.url, ("乙", "/b.htm", ONE[2])), "/b.htm": page("乙")}
    report = run(root)
    [alarm] = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    assert (alarm.rule, alarm.path, alarm.line, message in alarm.message) == (
        rule,
        "sites/upstream/gov.yaml",
        2,
        True,
    ), alarm
    after = {path: path.read_bytes() for path in root.rglob("*.md")}
    assert before.items() < after.items()
    assert [len(one.new) for one in report.sources] == [0, 1]  # the other source is not held up


def test_broken_xml_is_read_as_far_as_it_goes(root: Path, site: Upstream) -> None:
    source(root, site)
    feed = rss(site.url, ONE, ("乙", "/b.htm", ONE[2]))
    cut = feed.body[: feed.body.index("<title>乙".encode())].replace(
        b"<channel>", b"<channel><description>a & b &nbsp; <br></description>"
    )
    site.replies |= {"/feed.xml": Reply(cut, headers=feed.headers), "/a.htm": page()}
    report = run(root)
    assert rules(report) == ["sync-feed"]
    assert list(written(root)) == ["关于防范应对工作的通知"]


FEEDS = {
    "rss in gb18030": (
        '<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel><item><title>甲·镕㙍</title><link>/a.htm</link>'
        "<pubDate>2026-11-20 09:30:00</pubDate></item></channel></rss>", "gb18030", "text/xml",
    ),
    "rss in utc": (
        '<rss version="2.0"><channel><item><title>甲·镕㙍</title><link>/a.htm</link><pubDate>Fri, 20 Nov 2026 01:30:00 GMT</pubDate>'
        "</item></channel></rss>", "utf-8", "text/xml; charset=iso-8859-1",
    ),
    "rdf": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="/a.htm"><title>甲·镕㙍</title><link>/a.htm</link>'
        "<dc:date>2026-11-20T09:30+08:00</dc:date></item></rdf:RDF>", "utf-8", "application/rdf+xml",
    ),
    "atom": (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/x/"><entry><title type="html">&lt;b&gt;甲&lt;/b&gt;·镕㙍</title>'
        '<link rel="enclosure" href="/no.pdf"/><link rel="alternate" href="../a.htm?utm_source=f#top"/><id>tag:1</id>'
        "<updated>2026-11-20T01:30:00Z</updated></entry></feed>", "utf-8", "application/atom+xml",
    ),
    "json": (
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [
            {"id": 7, "url": "/a.htm", "title": "甲·镕㙍", "date_published": "2026-11-20T01:30:00Z"}, {"id": "x"}, 3]}),
        "utf-8", "application/feed+json",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FEEDS)
def test_every_kind_of_feed_gives_the_same_item(root: Path, site: Upstream, kind: str) -> None:
    source(root, site)
    text, encoding, mime = FEEDS[kind]
    bare = page("", date="", source="null")
    site.replies |= {"/feed.xml": Reply.of(text, mime, encoding), "/a.htm": bare}
    assert rules(run(root)) == []
    draft = written(root)["甲·镕㙍"]
    assert draft["repost_of"] == {"name": "中国政府网", "url": f"{site.url}/a.htm", "published": "2026-11-20 09:30"}


LIST = """<ul class=list><li><span>[2026-11-20]</span><a href="a.htm" title="关于防范应对工作的通知">关于防范应对…</a></li>
<li><a href="javascript:void(0)">无</a></li><li><span>2026-11-19</span><a href="/l/a.htm?utm_medium=x">又一次</a></li></ul>"""


def test_a_list_page_in_gb18030(root: Path, site: Upstream) -> None:
    source(root, site, "items: {item: ul.list > li, date: span}\n", "/l/index.htm", "list")
    site.replies["/l/index.htm"] = Reply.of(LIST, "text/html", "gb18030")
    site.replies["/l/a.htm"] = Reply.of(page("", "2026-11-20 16:05").body.decode(), "text/html", "gb18030")
    report = run(root)
    assert (rules(report), report.sources[0].items) == ([], 1)
    draft = written(root)["关于防范应对工作的通知"]
    assert draft["repost_of"]["published"] == "2026-11-20 16:05"  # the page knows the hour
    assert "item" not in draft["synced"]


@pytest.mark.parametrize(
    ("words", "published"),
    [("11-20", "2026-11-20"), ("[12/31]", "2025-12-31"), ("11月23日", "2026-11-23"), ("2-29", ""), ("2月30日", ""),
     ("发布：2026年11月3日", "2026-11-03"), ("2026-11-20T01:30:00Z", "2026-11-20 09:30"), ("今天", "")],
)  # fmt: skip
def test_dates_of_a_list(root: Path, site: Upstream, words: str, published: str) -> None:
    source(root, site, "items: {item: li, date: span}\n", "/l/index.htm", "list")
    site.replies |= {
        "/l/index.htm": Reply.of(f"<ul><li><a href=/a.htm>甲</a><span>{words}</span></ul>"),
        "/a.htm": page(date=""),
    }
    assert rules(run(root)) == ([] if published else ["sync-rule"])
    assert [one["repost_of"]["published"] for one in written(root).values()] == ([published] if published else [])


@pytest.mark.parametrize(
    ("more", "reply", "message"),
    [
        ("items: {item: ul.new > li}\n", None, "只读到 0 条"),
        ("items: {item: ul.list > li, date: em}\n", None, "2 条的日期读不出来"),
        ("items: {item: 'ul.list >'}\n", None, "选择器「ul.list >」写得不对"),
        ("items: {item: ul.list > li}\npage: {body: .new}\n", page(), "文章页里没有 .new"),
        ("items: {item: ul.list > li}\n", page(date="无"), "没有发布时间"),
        ("items: {item: ul.list > li}\n", page(body="<script>x</script>"), "里没有文字"),
        ("items: {item: ul.list > li}\n", page(body="<p>文</p>" + "<p hidden>x</p><textarea>y</textarea>"), ""),
        ("items: {item: ul.list > li}\npage: {tags: true}\n", Reply.of("<body>短"), "没有发布时间|认不出正文"),
        ("items: {item: ul.list > li}\n", page(body="<p>文</p><a href=a_2.htm>下一页</a>"), "文章分成几页，只看得到第一页"),
        ("items: {item: ul.list > li}\n", page(body="<p>文</p><script>createPageHTML(3, 0)</script>"), "文章分成几页"),
        ("items: {item: ul.list > li}\n", page(body="<p>文</p><script>createPageHTML(1, 0)</script>"), ""),
        ("items: {item: ul.list > li}\n", Reply(status=410), "网站答复 410"),
        ("items: {item: ul.list > li}\nskip: ['URL/l/a.htm']\n", Reply(status=410), ""),
    ],
)  # fmt: skip
def test_a_rule_tests_itself(root: Path, site: Upstream, more: str, reply: Reply | None, message: str) -> None:
    source(root, site, more.replace("URL", site.url), "/l/index.htm", "list")
    site.replies["/l/index.htm"] = Reply.of(LIST)
    if reply:
        site.replies["/l/a.htm"] = reply
    findings = run(root).findings
    assert [bool(re.search(message, one.message)) for one in findings] == ([True] if message else []), findings
    assert bool(message) == (not written(root) and not more.count("skip")), written(root)


def test_the_text_of_a_page_without_a_selector(root: Path, site: Upstream) -> None:
    """trafilatura tells where the text is; the table, which it loses, comes with it."""
    body = (
        f"<h1>关于防范应对工作的通知</h1><div class=info>发布时间：2026-11-20 09:31　来源：国务院办公厅　浏览次数：7</div><p>{TEXT}</p>"
        f"<p>{TEXT}二</p><table><tr><td>甲</td><td>乙</td></tr><tr><td>1</td><td>2</td></tr></table><p>{TEXT}三</p>"
    )
    bare = page(title="", date="", source="", body=body)
    source(root, site, "page: {}\n")
    site.replies |= {"/feed.xml": rss(site.url, (*ONE[:2], "")), "/a.htm": bare}
    assert rules(run(root)) == []
    draft = written(root)["关于防范应对工作的通知"]
    assert draft["body"] == f"{TEXT}\n\n{TEXT}二\n\n| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |\n\n{TEXT}三"
    assert draft["repost_of"] == {"name": "中国政府网", "url": f"{site.url}/a.htm", "published": "2026-11-20 09:31"}
    assert draft["source"] == "国务院办公厅"
    assert 0.9 < float(draft["synced"]["share"]) <= 1


@pytest.mark.parametrize(
    ("how", "body", "said"),
    [
        ("page: {body: .TRS_Editor}\n", f"<p>{TEXT}</p><object data=/x.swf>{TEXT}{TEXT}</object>", "只取到可见文字的 33%，至少应有 90%"),
        ("page: {body: .TRS_Editor}\nmin_share: 0.3\n", f"<p>{TEXT}</p><object data=/x.swf>{TEXT}{TEXT}</object>", ""),
        ("page: {}\n", f"<article><p>{TEXT}</p><p>{TEXT}</p></article><section>{f'<div>{TEXT[::-1]}</div>' * 9}</section>", "至少应有 50%"),
    ],
)  # fmt: skip
def test_too_small_a_share_of_the_text_is_no_article(
    root: Path, site: Upstream, how: str, body: str, said: str
) -> None:
    source(root, site, how)
    site.replies |= {"/feed.xml": rss(site.url, ONE), "/a.htm": page(body=body)}
    findings = run(root).findings
    assert [(one.rule, said in one.message) for one in findings] == ([("sync-rule", True)] if said else [])
    assert bool(written(root)) == (not said)


def test_pictures_and_attachments_come_along_or_stay_links(root: Path, site: Upstream) -> None:
    body = (
        f"<p>{TEXT}</p><p><img src='i/p.png' alt='图一'><img data-src='/no.jpg' src='data:,x' alt=图二></p>"
        "<p><a href='f.pdf?v=1'>附件1</a>、<a href='/err.docx'>附件2</a>、<a href='/big.zip'>附件3</a>、<a href='b.htm'>相关</a></p>"
    )
    source(
        root,
        site,
        "limits: {seconds: 2, file_mb: 0.001}\n".replace("limits", "page: {body: .TRS_Editor}\nmin_items: 1\nlimits"),
    )
    path = root / "sites" / "upstream" / "gov.yaml"
    path.write_text(path.read_text("utf-8").replace("limits: {seconds: 0.3}\n", ""), "utf-8")
    site.replies |= {
        "/feed.xml": rss(site.url, ONE), "/a.htm": page(body=body), "/i/p.png": Reply(PNG), "/f.pdf?v=1": Reply(b"%PDF-1.7"),
        "/err.docx": Reply(b"<html>login</html>"), "/big.zip": Reply(b"PK" * 5000), "/no.jpg": Reply(status=404),
    }  # fmt: skip
    report = run(root)
    [draft] = written(root).values()
    stem = draft["path"].stem
    assert {path.name: path.read_bytes() for path in draft["path"].parent.iterdir() if path.suffix != ".md"} == {
        f"{stem}-1.png": PNG, f"{stem}-3.pdf": b"%PDF-1.7",
    }  # fmt: skip
    assert draft["body"].split("\n\n")[1:] == [
        f"![图一]({stem}-1.png)[图片：图二]({site.url}/no.jpg)",
        f"[附件1]({stem}-3.pdf)、[附件2]({site.url}/err.docx)、[附件3]({site.url}/big.zip)、[相关]({site.url}/b.htm)",
    ]
    assert [(d.rule, d.message.split(" 没有下载：")[1].split("；")[0]) for d in report.findings] == [
        ("sync-file", "网站答复 404"), ("sync-file", "取到的不是这种文件"), ("sync-file", "内容超过 1048 字节，没有读完"),
    ]  # fmt: skip


@pytest.mark.parametrize("edit", ["", "review", "public"])
def test_a_changed_original_updates_only_what_nobody_edited(root: Path, site: Upstream, edit: str) -> None:
    source(root, site)
    body = f"<p>{TEXT}</p><img src=/p.png>"
    site.replies |= {"/feed.xml": rss(site.url, ONE), "/a.htm": page(body=body), "/p.png": Reply(PNG)}
    run(root)
    [path] = (root / "content").rglob("*.md")
    if edit:
        text = path.read_text("utf-8")
        text = (
            text.replace("status: draft\n", "")
            if edit == "public"
            else text.replace("source:", "author: 值班员\nsource:", 1)
        )
        path.write_text(text, "utf-8")
    later = NOW + timedelta(hours=7)
    before = path.read_text("utf-8")
    assert rules(run(root, later)) == [] and path.read_text("utf-8") == before
    site.replies["/a.htm"] = page(body=body.replace("低温", "高温"))
    assert rules(run(root, later + timedelta(hours=1))) == []  # looked at an hour ago
    report = run(root, later + timedelta(hours=7))
    [finding] = report.findings
    assert (finding.rule, finding.path) == ("sync-changed", path.relative_to(root).as_posix())
    if edit:
        assert ("没有更新" in finding.message, path.read_text("utf-8"), report.sources[0].updated) == (True, before, [])
    else:
        assert "高温" in path.read_text("utf-8") and report.sources[0].updated == [finding.path]
        assert "date: 2026-11-24 00:00" in path.read_text("utf-8")
        assert rules(run(root, later + timedelta(hours=14))) == []


def test_an_original_that_is_gone_is_told(root: Path, site: Upstream) -> None:
    source(root, site)
    site.replies |= {"/feed.xml": rss(site.url, ONE), "/a.htm": page()}
    run(root)
    site.replies |= {
        "/feed.xml": rss(site.url, ("乙", "/b.htm", ONE[2])),
        "/b.htm": page("乙"),
        "/a.htm": Reply(status=410),
    }
    report = run(root, NOW + timedelta(days=1))
    assert rules(report) == ["sync-removed"]
    assert len(written(root)) == 2
    written(root)["关于防范应对工作的通知"]["path"].unlink()
    assert f"{site.url}/a.htm" in (root / ".jiyue" / "sync.json").read_text("utf-8", "replace")
    run(root, NOW + timedelta(days=1))
    assert f"{site.url}/a.htm" not in (root / ".jiyue" / "sync.json").read_text("utf-8", "replace")
    assert rules(run(root, NOW + timedelta(days=40))) == []  # nobody watches it any more


def test_a_time_in_the_future_is_capped_and_marked(root: Path, site: Upstream) -> None:
    source(root, site)
    ahead = page(date="2026-11-23 12:00")
    feed = rss(site.url, (*ONE[:2], "Mon, 23 Nov 2026 12:00:00 +0800"))
    site.replies |= {"/feed.xml": Reply(feed.body, headers={**feed.headers, "Date": stamp(7200)}), "/a.htm": ahead}
    [finding] = run(root).findings
    assert finding.rule == "sync-time"
    assert (
        finding.message
        == "原文的发布时间 2026-11-23 12:00 晚于现在，按取来的时间 2026-11-23 10:00 记；上级网站的时钟快了 120 分钟"
    )
    [draft] = written(root).values()
    assert (draft["repost_of"]["published"], draft["synced"]["claimed"]) == ("2026-11-23 10:00", "2026-11-23 12:00")
    assert rules(run(root, NOW + timedelta(hours=7))) == []  # it is not told again, nor taken for a change


def test_a_title_that_is_too_long_is_cut_not_lost(root: Path, site: Upstream) -> None:
    source(root, site)
    site.replies |= {"/feed.xml": rss(site.url, ("长" * 400, *ONE[1:])), "/a.htm": page("")}
    assert rules(run(root)) == []
    assert list(written(root)) == ["长" * 200]


def test_limits_since_and_dry_run(root: Path, site: Upstream) -> None:
    source(root, site, "since: 2026-11-02\nlimits: {seconds: 2, items: 2}\n")
    path = root / "sites" / "upstream" / "gov.yaml"
    path.write_text(path.read_text("utf-8").replace("limits: {seconds: 0.3}\n", ""), "utf-8")
    items = [(f"第{n}号", f"/{n}.htm", f"{n:02} Nov 2026 08:00:00 +0800") for n in range(1, 6)]
    site.replies |= {"/feed.xml": rss(site.url, *items)}
    site.replies |= {f"/{n}.htm": page(f"第{n}号", f"2026-11-{n:02} 08:00") for n in range(1, 6)}
    assert (len(run(root, dry_run=True).sources[0].new), written(root), (root / ".jiyue").exists()) == (2, {}, False)
    report = run(root).sources[0]
    assert (sorted(written(root)), report.waiting) == (["第4号", "第5号"], 2)  # the newest first
    run(root)
    assert sorted(written(root)) == ["第2号", "第3号", "第4号", "第5号"]


def test_full_texts_of_a_feed(root: Path, site: Upstream) -> None:
    source(root, site, "full: true\n")
    item: dict[str, Any] = {"id": "1", "url": "/a.htm", "title": "甲", "date_published": "2026-11-20T09:30:00+08:00"}
    item |= {
        "content_html": f"<p>{TEXT}</p><ul><li>甲</li></ul>",
        "attachments": [{"url": "/f.pdf"}, {"url": "/g.pdf"}],
    }
    site.replies |= {"/feed.xml": Reply.of(json.dumps({"items": [item]}), "application/json"), "/a.htm": page()}
    site.replies["/f.pdf"] = Reply(b"%PDF-1")
    assert rules(run(root)) == ["sync-file"]
    draft = written(root)["甲"]
    assert draft["body"] == f"{TEXT}\n\n- 甲\n\n[附件]({draft['path'].stem}-1.pdf)\n\n[附件]({site.url}/g.pdf)"
    assert site.paths[:2] == ["/feed.xml", "/f.pdf"] and "/a.htm" not in site.paths
    item["content_html"] = f"<p>{TEXT}</p><ul><li>乙</li></ul>"
    site.replies["/feed.xml"] = Reply.of(json.dumps({"items": [item]}), "application/json")
    assert rules(run(root, NOW + timedelta(hours=7))) == ["sync-file", "sync-changed"]
    assert "- 乙" in written(root)["甲"]["body"]


SOURCE_FAULTS = {
    "url: https://www.gov.example/feed.xml\ntype: rss\nsite: jilin\ncolumn: yw\n": (2, 3, "「type」不能是「rss」", "可以写：feed、list"),
    "url: https://www.gov.example/\ntype: list\nsite: jilin\ncolumn: yw\n": (1, 1, "type: list 要写 items", ""),
    "url: file:///etc/passwd\ntype: feed\nsite: jilin\ncolumn: yw\n": (1, 2, "「url」的值「file:///etc/passwd」格式不对", ""),
    "url: https://www.gov.example/\ntype: feed\nsite: jiln\ncolumn: yw\n": (1, 4, "没有名为「jiln」的站点", "是否想写 jilin？"),
    "url: https://www.gov.example/\ntype: feed\nsite: jilin\ncolumn: ../x\n": (1, 5, "栏目路径只能用", ""),
    "url: https://www.gov.example/\ntype: feed\nsite: jilin\ncolumn: yw\nlist: {}\n": (1, 6, "不认识的键「list」", ""),
    "url: [\n": (1, 3, "", ""),
}  # fmt: skip


@pytest.mark.parametrize("text", SOURCE_FAULTS)
def test_a_slip_in_a_source_is_found_by_check_and_stops_that_source_alone(
    root: Path, site: Upstream, text: str
) -> None:
    _, line, message, hint = SOURCE_FAULTS[text]
    source(root, site)
    site.replies |= {"/feed.xml": rss(site.url, ONE), "/a.htm": page()}
    (root / "sites" / "upstream" / "bad.yaml").write_text(f"name: 甲\n{text}", "utf-8")
    checked = check(Options(root, root / "output", now="2026-11-23 10:00")).diagnostics
    report = run(root)
    found = [d for d in report.findings if d.rule == "sync-source"]
    assert [d for d in checked if d.rule == "sync-source"] == found != []
    assert file_findings(root, load_registry(root), ["sites/upstream/bad.yaml"], "2026-11-23 10:00") == found
    assert (found[0].path, found[0].line) == ("sites/upstream/bad.yaml", line)
    assert message in found[0].message + found[0].hint and hint in found[0].hint
    assert [one.source for one in report.sources] == ["gov"] and len(report.sources[0].new) == 1


def test_a_column_that_the_site_does_not_have(root: Path, site: Upstream) -> None:
    (root / "sites" / "jilin.yaml").write_text(
        DEFAULTS["sites/jilin.yaml"] + "columns: [{path: ywdt, name: 要闻}]\n", "utf-8"
    )
    source(root, site)
    [found] = run(root).findings
    assert (found.rule, found.line, found.message) == ("sync-source", 5, "站点 jilin 没有栏目「yw」")
    assert site.asked == []


REVIEWED = "name: 甲\nextends: basic\nreview: [first, final]\n"


@pytest.mark.parametrize(
    ("auto", "reviewed", "public"), [(False, False, False), (True, False, True), (True, True, False)]
)
def test_drafts_and_reviews_hold_back_what_nobody_approved(
    root: Path, site: Upstream, auto: bool, reviewed: bool, public: bool
) -> None:
    """And a build needs no upstream: the site below is gone when it runs."""
    if reviewed:
        (root / "sites" / "profiles").mkdir()
        (root / "sites" / "profiles" / "strict.yaml").write_text(REVIEWED, "utf-8")
        (root / "sites" / "jilin.yaml").write_text(DEFAULTS["sites/jilin.yaml"] + "profile: strict\n", "utf-8")
    source(root, site, f"auto: {str(auto).lower()}\n")
    site.replies |= {"/feed.xml": rss(site.url, ONE), "/a.htm": page()}
    run(root)
    [one] = written(root).values()
    assert ("status" not in one) == auto and ("review" in one) == reviewed
    site.replies.clear()
    built = ClusterFolder(root).build(today="2026-11-23T12:00")
    shown = [html for name, data in built.files().items() if name.endswith(".html") and TEXT in (html := data.decode())]
    assert bool(shown) == public
    assert ("review-missing" in built.rules()) == (auto and reviewed), built.diagnostics
    if public:
        assert "国务院办公厅" in shown[0] and f"{site.url}/a.htm" in shown[0]
    assert site.paths.count("/feed.xml") == 1


def jiyue(*words: str) -> Result:
    return CliRunner().invoke(application("sync"), list(words))


def test_the_command(root: Path, site: Upstream) -> None:
    source(root, site)
    site.replies |= {"/feed.xml": rss(site.url, ONE), "/a.htm": page()}
    command = ["sync", "--root", str(root), "--today", "2026-11-23T10:00"]
    ran = jiyue(*command, "--json")
    [one] = json.loads(ran.stdout)["sources"]
    assert (ran.exit_code, one["source"], one["items"], len(one["new"])) == (0, "gov", 1, 1)
    site.replies["/feed.xml"] = Reply(status=404)
    ran = jiyue(*command, "gov")
    assert (ran.exit_code, ran.stdout) == (1, "gov：没有取到，新稿件 0 篇\n")
    assert "sites/upstream/gov.yaml:2: 错误 [sync-fetch]" in ran.stderr
    ran = jiyue(*command, "gv")
    assert (ran.exit_code, "没有名为「gv」的来源（sites/upstream/gv.yaml）。是否想写 gov？" in ran.stderr) == (2, True)


BARE = """
import sys
import jiyue.cli.commands.build, jiyue.cli.commands.check, jiyue.cli.commands.publish, jiyue.cli.commands.serve
print(*sorted(sys.modules.keys() & {"feedparser", "lxml", "cssselect", "trafilatura"}))
sys.modules["lxml"] = None
sys.argv = ["jiyue", "sync"]
jiyue.cli.main()
"""


def test_without_the_extra_everything_else_works_and_sync_says_what_it_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import jiyue.cli" + BARE], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("\n", 2), done.stderr
    assert (
        done.stderr
        == "jiyue sync 需要另装的程序库（缺 lxml）：运行 tools/setup.sh sync，或 pip install 'jiyue[sync]'\n"
    )


def real_texts() -> Path:
    real = os.environ.get("JIYUE_REAL_TEXTS")
    if not real:
        pytest.skip("JIYUE_REAL_TEXTS is not set: no real texts here")
    return Path(real)


def test_real_old_pages_in_gb2312(root: Path, site: Upstream) -> None:
    """A list page and its 9 pages as a national bureau published them; the times come from a list made for the test."""
    folder = real_texts() / "old-site-gb2312/www.stats.gov.cn/tjsj/tjbz/tjyqhdmhcxhfdm/2018"
    for path in [folder / "22.html", *(folder / "22").glob("*.html")]:
        site.replies[f"/2018/{path.relative_to(folder).as_posix()}"] = Reply(
            path.read_bytes(), headers={"Content-Type": "text/html"}
        )
    source(
        root,
        site,
        "items: {item: tr.citytr, link: 'td:nth-child(2) a'}\npage: {body: table.countytable}\n",
        "/2018/22.html",
        "list",
    )
    report = run(root)
    assert (report.sources[0].items, rules(report)) == (9, ["sync-rule"] * 9)
    assert {finding.message.split("：")[-1] for finding in report.findings} == {"没有发布时间"}
    text = (folder / "22.html").read_text("gb18030").replace("</a></td></tr>", "</a></td><td>2018-10-31</td></tr>")
    site.replies["/2018/22.html"] = Reply.of(text, "text/html", "gb18030")
    source(
        root, site, "items: {item: tr.citytr, link: 'td:nth-child(2) a', date: 'td:nth-child(3)'}\npage: {body: table.countytable}\n",
        "/2018/22.html", "list",
    )  # fmt: skip
    assert rules(run(root)) == []
    drafts = written(root)
    assert len(drafts) == 9 and {one["synced"]["share"] for one in drafts.values()} == {"1.0"}
    assert (
        "| [222401000000](" in drafts["延边朝鲜族自治州"]["body"] and "[延吉市](" in drafts["延边朝鲜族自治州"]["body"]
    )


def test_real_titles_and_dates(root: Path, site: Upstream) -> None:
    """160 documents of two provinces: each title and day arrives as it was published, and a second run changes nothing."""
    rows: list[dict[str, str]] = []
    for name in ("hainan", "yunnan"):
        with (real_texts() / f"lists/titles-{name}-provincial-government.csv").open(
            encoding="utf-8-sig", newline=""
        ) as file:
            rows += list(csv.DictReader(file))[:80]
    keys = {"id": "url", "url": "url", "title": "title", "date_published": "pub"}
    items = [{key: row[name] for key, name in keys.items()} | {"content_text": TEXT} for row in rows]
    source(root, site, "full: true\nlimits: {items: 500, seconds: 5}\n")
    path = root / "sites" / "upstream" / "gov.yaml"
    path.write_text(path.read_text("utf-8").replace("limits: {seconds: 0.3}\n", ""), "utf-8")
    site.replies["/feed.xml"] = Reply.of(json.dumps({"items": items}), "application/json")
    assert rules(run(root)) == []
    found = [split(one.read_text("utf-8")).values for one in (root / "content").rglob("*.md")]
    wanted = {row["url"]: (" ".join(row["title"].split()), row["pub"]) for row in rows}
    assert {one["repost_of"]["url"]: (one["title"], one["repost_of"]["published"]) for one in found} == wanted
    before = {one: one.read_bytes() for one in root.rglob("*.md")}
    assert run(root).sources[0].new == [] and {one: one.read_bytes() for one in root.rglob("*.md")} == before


ODD = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Cn", "Co")), min_size=1, max_size=40)
DAYS = datetime(2026, 11, 20), None, datetime(2026, 11, 23, 10)


@settings(max_examples=50, deadline=None)
@given(ODD, ODD, st.text(st.sampled_from("a #:'\"[{,\n\t\u2028\x85甲"), min_size=1), ODD)
def test_whatever_is_written_reads_back(title: str, name: str, key: str, body: str) -> None:
    title, name = (" ".join(text.split()) or "甲" for text in (title, name))
    file = UpstreamFile(name="甲", url="https://a.example/", type="feed", site="jilin", column="yw", licence=name)
    draft = Draft(title, name, name, "https://a.example/x", key, *DAYS, "0" * 64, 1, body)
    text = render(draft, Source("gov", "x", file, "", {}), SITE, status="draft", date="2026-11-23 10:00")
    values = split(text).values
    assert (values["title"], values["source"], values["repost_of"]["name"], values["synced"]["licence"]) == (
        title,
        *[name] * 3,
    )
    assert values["synced"]["item"] == " ".join(key.split()) and values["synced"]["text"] == fingerprint(text)
    public = text.replace("status: draft\n", "").encode()
    assert read_article(public, "jilin", "yw", "yw", "a.md", "content/jilin/yw/a.md")[0] is not None
