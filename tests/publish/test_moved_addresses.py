"""Every address of an old site leads to the right page or answers 410, in real nginx and real Caddy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest

from jiyue.importers.moves import Move, batches, path_of, read_moves, write_moves
from jiyue.publish.release.records import read_records
from jiyue.registry.url_ledger import old_address, read
from tests.support.network import free_port
from tests.support.nginx import nginx_command, program, running
from tests.support.publication import Live, one_site

OLD, NEW = "http://old.example", "https://www.cc.example"
N1, N2, N3 = (f"content/cc/tzgg/n{n}.md" for n in (1, 2, 3))
GBK = quote("通知", encoding="gb18030")
MANY = 3000

PAGES = (
    Move("show5", addresses=(f"{OLD}/show.asp?id=5",), article=N1),
    Move("show6", addresses=(f"{OLD}/show.asp?id=6", f"{NEW}/show.asp?id=6"), article=N2),
    Move("case", addresses=(f"{NEW}/News/Show_Content.ASPX?ID=7",), article=N1),
    Move("upper", addresses=(f"{NEW}/Html/A.htm",), article=N1),
    Move("lower", addresses=(f"{NEW}/html/b.htm",), article=N2),
    Move("both", addresses=(f"{NEW}/html/B.htm",), article=N3),
    Move("utf8", addresses=(f"{NEW}/{quote('通知')}/a.htm",), article=N1),
    Move("gbk", addresses=(f"{NEW}/{GBK}/b.htm",), article=N2),
    Move("query", addresses=(f"{NEW}/list.php?lm=通知",), article=N3),
    Move("index", addresses=(f"{NEW}/xxgk/index.html",), status="skipped", reason="列表", column="tzgg"),
    Move("home", addresses=(f"{OLD}/", f"{OLD}/index.asp"), status="skipped", reason="首页", column=""),
    Move("file", kind="file", addresses=(f"{OLD}/up/a.csv",), article=N3, copy="content/cc/tzgg/a.csv"),
    Move("none", addresses=(f"{OLD}/bbs/read.asp?id=9", f"{NEW}/bbs/x.htm"), status="skipped", reason="论坛"),
    Move("bad", addresses=(f"{NEW}/bad.htm",), status="error", reason="读不出来"),
    Move("later", addresses=(f"{NEW}/later.htm",), article="content/cc/tzgg/not-approved.md"),
    *(Move(f"m{n}", addresses=(f"{NEW}/Old/Page{n}.aspx?id={n}",), article=N1) for n in range(MANY)),
)  # fmt: skip


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    root = tmp_path_factory.mktemp("moved") / "c"
    made = one_site(root)
    (made.root / "content/cc/tzgg/a.csv").write_bytes("甲,乙\n1,2\n".encode())
    made.write("n3", 3, "aliases: ['/alias.asp?id=1', '/alias.asp?id=2']\n")
    article = made.root / N3
    article.write_text(article.read_text("utf-8") + "\n见[附件](a.csv)。\n", "utf-8")
    write_moves(path_of(made.root, "cc.old"), PAGES)
    made.go()
    for above in list(made.root.parents)[:3]:
        above.chmod(0o755)
    return made


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def port(request: pytest.FixtureRequest, live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, number = tmp_path_factory.mktemp(request.param), free_port()
    name = "sites.conf" if request.param == "nginx" else "Caddyfile"
    live.run(
        "serving",
        request.param,
        "--no-tls",
        "--address",
        "127.0.0.1",
        "--http-port",
        str(number),
        "--to",
        str(folder / name),
    )
    command = (
        nginx_command(folder) if request.param == "nginx"
        else [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / name)]
    )  # fmt: skip
    with running(command, folder, number):
        yield number


def asked(port: int, host: str, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, (answer.getheader("Location") or "").removeprefix(NEW)


def test_every_old_address_answers_with_its_page_or_410(live: Live, port: int) -> None:
    to = {path: live.url(n) for n, path in ((1, N1), (2, N2), (3, N3))}
    wanted: dict[tuple[str, str], tuple[int, str]] = {}
    for move in PAGES[: -MANY + 20]:
        answer = (
            (301, f"/{move.copy.removeprefix('content/cc/')}") if move.copy
            else (301, to[move.article]) if move.article in to
            else (301, f"/{move.column}/" if move.column else "/") if move.column is not None
            else (404, "") if move.article else (410, "")
        )  # fmt: skip
        for address in move.addresses:
            host, _, path = address.partition("//")[2].partition("/")
            wanted[host, "/" + quote(path, safe="/?=&%")] = answer
    new, old = "www.cc.example", "old.example"
    wanted |= {
        (new, f"/{GBK}/a.htm"): (301, to[N1]), (new, f"/{GBK.lower()}/a.htm"): (301, to[N1]),
        (new, f"/{quote('通知')}/b.htm"): (301, to[N2]), (new, f"/list.php?lm={GBK}"): (301, to[N3]),
        (new, "/news/show_content.aspx?id=7"): (301, to[N1]), (new, "/xxgk/"): (301, "/tzgg/"),
        (new, "/show.asp?id=7"): (404, ""), (new, "/show.asp"): (404, ""), (old, "/show.asp?id=7"): (404, ""),
        (new, "/alias.asp?id=1"): (301, to[N3]), (new, "/alias.asp?id=2"): (301, to[N3]), (new, "/alias.asp"): (404, ""),
        (new, f"/Old/Page{MANY - 1}.aspx?id={MANY - 1}"): (301, to[N1]), (new, "/"): (200, ""),
    }  # fmt: skip
    found = {where: asked(port, *where) for where in wanted}
    assert {where: (found[where], answer) for where, answer in wanted.items() if found[where] != answer} == {}
    assert asked(port, new, to[N1])[0] == 200


def test_what_was_not_taken_over_gets_its_page_once_it_is(live: Live) -> None:
    ledger, bad = read(live.root, "cc")
    assert not bad
    assert ledger["/bad.htm"].gone
    assert "/later.htm" not in ledger, "an article that waits for its approval is not gone"
    before = (live.root / "sites/ledger/cc.txt").read_bytes()
    live.run("publish")
    assert (live.root / "sites/ledger/cc.txt").read_bytes() == before
    write_moves(path_of(live.root, "cc.old"), [*PAGES, Move("bad", addresses=(f"{NEW}/bad.htm",), article=N2)])
    live.run("publish")
    assert read(live.root, "cc")[0]["/bad.htm"].to == live.url(2)
    (live.root / "sites/migrated/cc.old.jsonl").write_text("{\n", "utf-8")
    assert "cc.old.jsonl 第 1 行读不懂" in live.run("publish", code=1)
    write_moves(path_of(live.root, "cc.old"), PAGES)


def test_an_address_in_gbk_is_the_one_that_is_meant() -> None:
    assert old_address(f"/{GBK}/a.htm?lm={GBK}", NEW) == f"/通知/a.htm?lm={GBK}"
    assert old_address("/%FF%FF%00.htm", NEW) == "/%FF%FF%00.htm"
    assert json.dumps(old_address(f"{OLD}/{quote('通知')}", NEW), ensure_ascii=False) == '"//old.example/通知"'


def test_the_frozen_server_of_the_old_site_leads_on_and_shows_its_notice(live: Live, tmp_path: Path) -> None:
    assert "old.example：跳转 " in live.run(
        "import", "freeze", "cc.old", "--to", str(tmp_path), "--since", "2026-11-23"
    )
    folder, port = tmp_path / "old.example", free_port()
    made = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    for above in [folder, *list(folder.parents)[:4]]:
        above.chmod(0o755)
    config = made["nginx.conf"].replace("listen 80;", f"listen 127.0.0.1:{port};")
    (folder / "sites.conf").write_text(config.replace("root jiyue-frozen;", f"root {folder};"), "utf-8")
    with running(nginx_command(folder), folder, port):
        assert asked(port, "old.example", "/show.asp?id=5") == (301, live.url(1))
        assert asked(port, "old.example", "/SHOW.asp?ID=6") == (301, live.url(2))
        assert asked(port, "old.example", "/") == (301, "/")
        assert asked(port, "old.example", "/up/a.csv") == (301, "/tzgg/a.csv")
        assert asked(port, "old.example", "/bbs/read.asp?id=9") == (410, "")
        assert asked(port, "old.example", "/show.asp?id=7") == (404, "")
    notice = made["jiyue-notice.html"]
    assert '已经整合到<a href="https://www.cc.example">长春市人民政府</a>' in notice
    assert "自 2026-11-23 起，本网站不再更新" in notice
    assert 'add key="/show.asp?id=5" value="https://www.cc.example' in made["web.config"]
    assert '<rewriteMap name="gone" defaultValue="">\n<add key="/bbs/read.asp?id=9" value="1" />' in made["web.config"]
    ElementTree.fromstring(made["web.config"].encode())
    assert r'RewriteCond %{THE_REQUEST} "^[A-Z]+\s/show\x2easp\x3fid=5\sHTTP" [NC]' in made["apache.conf"]


@pytest.mark.long
def test_every_address_of_a_real_old_site_answers(tmp_path: Path, real_texts: Path) -> None:
    made = one_site(tmp_path / "c")
    made.run("import", "site", str(real_texts / "old-site-gb2312"), "--to", "cc/tzgg", code=None)
    [batch] = batches(made.root)
    moves = list(read_moves(path_of(made.root, batch)))
    made.go(code=None)
    folder, port = tmp_path / "nginx", free_port()
    folder.mkdir()
    for above in [folder, *list(folder.parents)[:4]]:
        above.chmod(0o755)
    made.run(
        "serving",
        "nginx",
        "--no-tls",
        "--address",
        "127.0.0.1",
        "--http-port",
        str(port),
        "--to",
        str(folder / "sites.conf"),
    )
    pages = {row["source_path"]: row["url"] for row in read_records(made.tree())}
    wrong, count = [], 0
    with running(nginx_command(folder), folder, port):
        for move in moves:
            for address in move.addresses:
                parts = urlsplit(address)
                status, to = asked(port, parts.netloc, parts.path + (f"?{parts.query}" if parts.query else ""))
                count += 1
                if move.copy:
                    right = (status, to) == (301, f"/{move.copy.removeprefix('content/cc/')}")
                elif move.article:
                    right = status == 301 and f"{NEW}{to}" == pages[move.article]
                else:
                    right = status == (410 if move.column is None else 301)
                wrong += [] if right else [(address, status, to)]
    assert count >= 80
    assert wrong == []
