"""Folders of all kinds as old sites: wget, httrack, harm, pages that are no articles, encodings, and rules that are wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiyue.importers.moves import decoded, encoded
from jiyue.importers.site import encoding
from jiyue.importers.site.folder import Folder
from jiyue.importers.site.page import Reader
from jiyue.importers.site.rules import parse_rules
from jiyue.importers.site.state import Opened
from jiyue.registry.old_site import Template
from tests.support.old_site import COLUMNS, PNG, body_of, cluster, moved

LINE = "各县市区人民政府，市政府各委办局：现将有关事项通知如下，请认真贯彻落实，按期报送办理结果。"


def html(title: str, body: str, charset: str = "utf-8", head: str = "") -> str:
    return (
        f'<html><head><meta charset="{charset}"><title>{title}</title>{head}</head><body><div id="nav">首页</div>'
        f'<h1>{title}</h1><p class="t">发布时间：2015-03-02</p><div id="zoom">{body}</div></body></html>'
    )


ZOOM = "templates:\n  - {name: 文章, match: {has: '#zoom'}, body: '#zoom', title: h1}\n"


def folder_of(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Mirrors by wget and httrack in one folder, with everything that is no article or means harm. Read only."""
    folder = tmp_path_factory.mktemp("odd")
    a, h = "www.a.example", "h.a.example"
    links = (
        "<a href='show.asp%3Fid=2.html'>转换过的</a><a href='show.asp?id=3'>没转换的</a><a href='/news/'>栏目</a>"
        f"<a href='http://{a}/Show.asp?ID=2'>全址</a><a href='gone.html'>没有的</a><a href='http://x.example/'>别处</a>"
        "<a href='../../../../etc/passwd'>外面</a><a href='javascript:alert(1)'>脚本</a><a href='closed.html'>关着的</a>"
        "<a href='down.asp?id=9'>附件</a><img src='../secret.png'><img src='pic.asp?id=1'><a href='x.exe'>程序</a>"
    )
    items = [f"<li><a href='../show.asp%3Fid={n}.html'>标题{n}号的文章</a> 2015-03-0{n}</li>" for n in (1, 2)]
    listed = "".join(items) * 4
    entities = "".join(f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(8))
    harm = "<img src=x onerror=alert(1)><p onclick='alert(2)'>点</p>"
    claim = "<!-- Mirrored from h.a.example/view.asp?id=8 by HTTrack Website Copier/3.x [XR&CO'2014], Mon, 02 Mar 2015 -->\n"
    row = [
        "10:00",
        "1/1",
        "--",
        "200",
        "added",
        "text/html",
        "",
        f"{h}/view.asp?id=7",
        f"/var/www/x/{h}/view1a2b.html",
        "(from )",
    ]
    mirror = folder_of(folder / "mirror", {
        f"{a}/show.asp?id=1.html": html("第一", f"<p>{LINE}</p><p>{links}</p>"),
        f"{a}/show.asp?id=2.html": html("第二", f"<p>第二篇：{LINE}</p>"),
        f"{a}/show.asp@id=3": html("第三", f"<p>第三篇：{LINE}</p>"),
        f"{a}/down.asp?id=9": b"%PDF-1.4 abc",
        f"{a}/pic.asp?id=1": PNG,
        f"{a}/x.exe": b"MZ",
        f"{a}/news/index.html": f"<html><body>{listed}</body></html>",
        f"{a}/frame.html": "<html><head><title>主页</title></head><frameset><frame src='show.asp%3Fid=2.html'></frameset></html>",
        f"{a}/old.html": "<html><head><meta http-equiv='refresh' content='0; url=show.asp%3Fid=2.html'></head><body></body></html>",
        f"{a}/jump.html": "<html><body><script>window.location.href='show.asp%3Fid=3'</script></body></html>",
        f"{a}/closed.html": html("提示", "<p>您没有访问权限，请先登录。</p>"),
        f"{a}/login.html": html("报名通知", "<p>请登录省政府网站报名，文件已印发，信息登记表见附件。</p>"),
        f"{a}/withdrawn.html": html("某项公告", "<p>该信息已撤销</p>"),
        f"{a}/state.html": html("内部情况", f"<p>公开方式：不予公开</p><p>{LINE}</p>"),
        f"{a}/drafts/x.html": html("草稿", f"<p>草稿一篇：{LINE}</p>"),
        f"{a}/search.asp?q=x": html("检索", f"<p>检索到：{LINE}</p>"),
        f"{a}/source.asp": "<%@ language=vbscript %><% dim x %>",
        f"{a}/empty.html": html("空的", ""),
        f"{a}/undated.html": html("没有日期", f"<p>没有日期：{LINE}</p>").replace("发布时间：2015-03-02", ""),
        f"{a}/deep.html": "<html><head><title>深</title></head><body><p>日期：2015-03-02</p>" + "<div>" * 5000 + LINE + "</body></html>",
        f"{a}/deepzoom.html": html("深的文章", "<b>" * 3000 + LINE + "<table>" * 300),
        f"{a}/bomb.html": f"<!DOCTYPE html [<!ENTITY a 'aaaaaaaaaa'>{entities}]>" + html("实体", f"<p>&i;{LINE}实体</p>"),
        f"{a}/script.html": html("脚本", f"<p>带脚本：{LINE}</p><script>alert('x')</script>{harm}"),
        f"{a}/many.html": html("很多", "<i>" * 210_000),
        f"{a}/nul.html": b"\0\xff\xfe<" * 10,
        f"{a}/zero.html": b"",
        "secret.png": PNG,
        f"{a}/t1.html": html("分页的文章", f"<p>前一页：{LINE}</p><script>createPageHTML(3, 0, 't1', 'html');</script>"),
        f"{a}/t1_1.html": html("分页的文章", f"<p>中一页：{LINE}</p><script>createPageHTML(3, 1, 't1', 'html');</script>"),
        f"{a}/t1_2.html": html("分页的文章", f"<p>后一页：{LINE}<img src='../secret.png'></p>"),
        f"{a}/p1.html": html("用链接分页", f"<p>起头：{LINE}</p><a href='p2.html'>下一页</a>"),
        f"{a}/p2.html": html("用链接分页", f"<p>末尾：{LINE}</p><a href='show.asp?id=3'>下一页</a>"),
        # httrack hashes queries into names, and says in its list and in each page what they were
        f"{h}/view1a2b.html": html("网页七", f"<p>第七篇：{LINE}</p><a href='view3c4d.html'>八</a>"),
        f"{h}/view3c4d.html": claim + html("网页八", f"<p>第八篇：{LINE}</p>"),
        "hts-cache/new.txt": "\t".join(row) + "\n",
    })  # fmt: skip
    (mirror / a / "huge.html").write_bytes(b"<html>" + b"x" * (9 << 20))
    (folder / "outside.html").write_text(html("外面", LINE), "utf-8")
    (mirror / a / "link.html").symlink_to(folder / "outside.html")
    (mirror / a / "dir").symlink_to(folder)
    named = html("国标名", f"<p>名字是国标码：{LINE}</p>", "gb2312").encode("gbk")
    (mirror / os.fsdecode("www.a.example/新闻.html".encode("gbk"))).write_bytes(named)
    root = cluster(folder / "cluster")
    report = moved(mirror, root, ZOOM, {})
    return SimpleNamespace(root=root, report=report, at={one.path: one for one in report.moves})


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("frame.html", "skipped", "框架页"),
        ("old.html", "skipped", "转到别的网页：www.a.example/show.asp?id=2.html"),
        ("jump.html", "skipped", "转到别的网页：www.a.example/show.asp@id=3"),
        ("closed.html", "skipped", "要有权限才能看"),
        ("login.html", "imported", ""),
        ("withdrawn.html", "skipped", "标明已撤下或没有发布"),
        ("state.html", "skipped", "来源标明不公开（公开方式: 不予公开）"),
        ("drafts/x.html", "skipped", "放在文件夹 drafts 里"),
        ("search.asp?q=x", "skipped", "检索页"),
        ("source.asp", "skipped", "服务器程序，不是网页"),
        ("empty.html", "error", "没有正文"),
        ("undated.html", "error", "找不到日期；在规则的 date 写选择器，网页上没有日期的写 undated"),
        ("many.html", "error", "网页太大，元素超过 20 万个"),
        ("huge.html", "error", "网页有 9 MB，上限是 8 MB"),
        ("link.html", "error", "符号链接，没有跟随"),
        ("dir", "error", "符号链接，没有跟随"),
        ("zero.html", "skipped", "网页是空的"),
        ("news/index.html", "skipped", "列表页或首页"),
        ("script.html", "imported", ""),
        ("bomb.html", "imported", ""),
        ("新闻.html", "imported", ""),
    ],
)
def test_what_is_no_article_is_left_out_with_its_reason(
    odd: SimpleNamespace, path: str, status: str, reason: str
) -> None:
    one = odd.at[f"www.a.example/{path}"]
    assert (one.status, one.reason) == (status, reason)


def test_nothing_from_outside_and_no_script_comes_in(odd: SimpleNamespace) -> None:
    texts = "".join(path.read_text("utf-8") for path in (odd.root / "content").rglob("*.md"))
    assert "alert" not in texts
    assert "root:" not in texts
    assert "aaaaaaaaaa" not in texts
    assert "外面" in texts  # the words of the link stay
    assert {odd.at[f"www.a.example/{name}.html"].status for name in ("deep", "deepzoom", "nul")} <= {
        "imported",
        "error",
    }


def test_links_of_every_spelling_find_their_pages(odd: SimpleNamespace) -> None:
    one = odd.at["www.a.example/show.asp?id=1.html"]
    assert one.addresses[0] == "http://www.a.example/show.asp?id=1"
    leads = {(link.to or link.address).rpartition("/")[2]: link.leads for link in one.links}
    assert leads == {
        "show.asp?id=2.html": "article", "show.asp@id=3": "article", "index.html": "index", "gone.html": "nowhere", "": "outside",
        "passwd": "nowhere", "closed.html": "dropped", "down.asp?id=9": "file", "pic.asp?id=1": "file", "x.exe": "dropped",
        "secret.png": "file",
    }  # fmt: skip
    body = body_of(odd.root, one)
    stem = Path(one.article).stem
    second = Path(odd.at["www.a.example/show.asp?id=2.html"].article).name
    assert f"[转换过的]({second})" in body
    assert f"[全址]({second})" in body
    assert "[没有的](http://www.a.example/gone.html)" in body
    assert re.search(rf"\[附件\]\({stem}-\d\.pdf\)", body)
    assert one.missing == ("http://www.a.example/x.exe",)


def test_httrack_says_which_file_was_which_address(odd: SimpleNamespace) -> None:
    assert odd.at["h.a.example/view1a2b.html"].addresses == ("http://h.a.example/view.asp?id=7",)
    assert odd.at["h.a.example/view3c4d.html"].addresses[0] == "http://h.a.example/view.asp?id=8"
    assert odd.at["www.a.example/新闻.html"].addresses == ("http://www.a.example/%D0%C2%CE%C5.html",)


def test_hosts_with_www_and_further_ones_are_the_same_site(tmp_path: Path) -> None:
    mirror = folder_of(tmp_path / "mirror", {"www.a.example/a.html": "<html>", "www.a.example/b.asp?id=5": "<html>"})
    hosts = ["www.a.example", "old.a.example:8080"]
    for folder in (Folder(mirror, hosts), Folder(mirror / "www.a.example", hosts)):
        for host in ("www.a.example", "a.example", "old.a.example:8080"):
            at = folder.at_address(f"http://{host}/b.asp?id=5")
            assert at is not None
            assert folder.entries[at].path.endswith("b.asp?id=5")
            assert folder.is_own(f"https://{host}/gone.html")
        assert not folder.is_own("http://x.example/a.html")
        assert folder.at_address("http://x.example/a.html") is None


def test_an_article_on_several_pages_is_one(odd: SimpleNamespace) -> None:
    for first, others, words in (("t1", ("t1_1", "t1_2"), "前一页|中一页|后一页"), ("p1", ("p2",), "起头|末尾")):
        one = odd.at[f"www.a.example/{first}.html"]
        body = body_of(odd.root, one)
        assert re.findall(words, body) == words.split("|")
        assert one.share is not None
        assert one.share >= 0.98
        for other in others:
            part = odd.at[f"www.a.example/{other}.html"]
            assert (part.status, part.article) == ("skipped", one.article)
            assert part.reason == f"是它的另一页：www.a.example/{first}.html"
    assert odd.at["www.a.example/t1.html"].pictures == 1


SHORT = "关于印发《实施意见》的通知 2015年3月2日"
TRADITIONAL = "關於印發《實施意見》的通知，臺北市政府辦公室"


@pytest.mark.parametrize(
    ("declared", "data", "read", "note"),
    [
        ("gb2312", SHORT.encode("gbk"), "GB18030", ""),
        ("gb2312", (SHORT + "镕㐀").encode("gb18030"), "GB18030", ""),
        ("utf-8", SHORT.encode("gbk"), "GB18030", "网页写的是 utf-8，按 GB18030 读"),
        ("gb2312", SHORT.encode(), "UTF-8", "网页写的是 gb2312，按 UTF-8 读"),
        ("big5", TRADITIONAL.encode("big5"), "Big5", ""),
        ("gb2312", TRADITIONAL.encode("big5"), "Big5", "网页写的是 gb2312，按 Big5 读"),
        ("gb2312", TRADITIONAL.encode("gbk"), "GB18030", ""),
        ("", SHORT.encode("gbk"), "GB18030", "网页没有写明编码，按 GB18030 读"),
        ("", TRADITIONAL.encode("big5"), "Big5", "网页没有写明编码，按 Big5 读"),
        ("", b"\xef\xbb\xbf" + SHORT.encode(), "UTF-8", ""),
        ("", SHORT.encode("utf-16"), "UTF-16", ""),
        ("gb2312", "联通".encode("gbk"), "GB18030", ""),
        ("gbk", (SHORT * 9).encode("gbk")[:-1] + b"</p>", "GB18030", "1 个字读不出来，成了 \ufffd"),
        ("iso-8859-1", b"It\x92s \x93fine\x94", "Windows-1252", ""),
    ],
)
def test_pages_are_read_in_the_encoding_they_are_in(declared: str, data: bytes, read: str, note: str) -> None:
    start = f"<meta http-equiv=Content-Type content='text/html; charset={declared}'>".encode() if declared else b""
    found = encoding.decode(start + data)
    assert (found.encoding, found.note) == (read, note)
    if read != "UTF-16" and "1252" not in read and not note.startswith("1 "):
        assert found.text.endswith((SHORT, TRADITIONAL, "联通", "镕㐀"))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("templates:\n  - name: 甲\n", 2, "写 body（正文的选择器），或者写 skip（不导入的原因），写一样"),
        ("templates:\n  - name: 甲\n    body: 'div['\n", 3, "选择器「div[」写得不对"),
        ("columns:\n  通知: tzg\n", 2, "站点 jl 没有栏目「tzg」"),
        ("templats: []\n", 1, "templats"),
        ("templates: [\n", 2, ""),
        ("host: a b\n", 1, "host"),
    ],
)
def test_rules_that_are_wrong_are_told_with_their_line(text: str, line: int, message: str) -> None:
    rules, problems = parse_rules(text.encode(), "旧站.yaml", COLUMNS, "jl")
    assert rules is None
    assert problems[0].rule == "import-rules"
    assert problems[0].line == line, problems
    assert message in problems[0].message + problems[0].hint


PIECES = st.sampled_from([
    "<table>", "</td>", "<td colspan=9999999>", "<p>发布时间：2015-03-02</p>", "<h1>题</h1>", LINE, "<a href='", "'>", "&nbsp;",
    "<a href='../x.html'>链</a>", "<img src=x>", "<!--", "-->", "<script>", "</script>", "<frameset>", "\x00", "\ud7ff", "&#0;",
    "<meta http-equiv=refresh content='0;url=a.html'>", "<base href='http://[x'>", "<a href='http://[::1'>坏</a>", "<?php", "|",
    "<title>题-网</title>", "位置：首页 > 甲 > 乙 >", "createPageHTML(3,0,", "]]>", "<object data='y'>", "<div id=zoom>", "\r\n",
    "状态：", "<pre>", "</pre>", "<![CDATA[", "\u202e", "<li>", "<br>", "1. ",
])  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(PIECES, max_size=14), st.sampled_from(["utf-8", "gb18030", "big5", "utf-16"]), st.integers(0, 5))
def test_any_page_ends_as_an_article_or_with_a_reason(pieces: list[str], written: str, unruled: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        data = "".join(pieces).encode(written, "replace")
        source = folder_of(Path(name) / "www.a.example", {"a.html": data, "b.html": html("别的", f"<p>{LINE}</p>")})
        rules = (
            "templates:\n  - {name: 文章, body: 'body', undated: 2015-01-01}\n" if unruled else "undated: 2015-01-01\n"
        )
        report = moved(source, cluster(Path(name) / "cluster"), rules, {})
        one = next(move for move in report.moves if move.path == "a.html")
        assert (one.status == "imported" and one.share is not None) or one.reason
        assert [decoded(encoded(move)) for move in report.moves] == report.moves


def test_a_page_that_kills_its_process_is_an_error_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    titled = Reader.title

    def title(self: Reader, page: Opened, template: Template | None, crumbs: tuple[str, ...]) -> str:
        if "要命" in page.text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "出错" in page.text:
            raise ZeroDivisionError("division by zero")
        return titled(self, page, template, crumbs)

    monkeypatch.setattr(Reader, "title", title)
    pages = {
        f"{n}.html": html(f"第{n}件", f"<p>第{n}件{'要命' * (n == 7)}{'出错' * (n == 8)}：{LINE}</p>")
        for n in range(120)
    }
    report = moved(folder_of(tmp_path / "mirror", pages), cluster(tmp_path / "cluster"), ZOOM, {}, jobs=2)
    wrong = {one.path: one.reason for one in report.moves if one.status != "imported"}
    assert wrong == {"7.html": "读不了：子进程被信号 9 结束", "8.html": "读不了：ZeroDivisionError: division by zero"}


def test_the_command_suggests_imports_and_reports(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "www.a.example", {
        f"news/{n}.html": html(f"第{n}件事的通知", f"<p>第{n}件：{LINE}</p>" * 3) for n in range(4)
    })  # fmt: skip
    root = cluster(tmp_path / "cluster")

    def jiyue(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "jiyue", "import", "site", str(source), "--to", "jl/tzgg", "--root", str(root)]
        return subprocess.run([*command, "--today", "2026-11-28", *args], capture_output=True, text=True, check=False)

    rules = tmp_path / "旧站.yaml"
    assert "取法的建议写在" in jiyue("--suggest", "--rules", str(rules)).stdout
    assert "已经存在，没有改动" in jiyue("--suggest", "--rules", str(rules)).stderr
    done = jiyue("--rules", str(rules), "--report", str(tmp_path / "r.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "导入 4 篇" in done.stdout
    rows = json.loads((tmp_path / "r.json").read_text("utf-8"))["pages"]
    assert [(row["path"], row["status"], row["article"][:17], row["share"] > 0.9) for row in rows] == [
        (f"news/{n}.html", "imported", "content/jl/tzgg/2", True) for n in range(4)
    ]
    rules.write_text("templates:\n  - name: 甲\n", "utf-8")
    wrong = jiyue("--rules", str(rules))
    assert wrong.returncode == 1
    assert "[import-rules]" in wrong.stderr
    assert "旧站.yaml:2" in wrong.stderr
