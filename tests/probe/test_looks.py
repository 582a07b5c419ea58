"""`jiyue probe` against real servers on the loopback address: one that is well, and every fault that it has to tell."""

from __future__ import annotations

import errno
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from jiyue.cli.app import application
from jiyue.probe import visit as visiting
from jiyue.probe.looks import (
    Home,
    Tools,
    look_bytes,
    look_ipv6,
    look_links,
    look_reach,
    look_search,
    look_tls,
    probe_sites,
)
from jiyue.registry.load import load_registry
from jiyue.registry.probe_ledger import DECIDED, FAILED, UNDECIDABLE, Record, latest, read_records
from jiyue.registry.site import Site
from tests.support.network import free_port
from tests.support.publication import Live, one_site
from tests.support.upstream import Reply, Upstream, upstream
from tests.support.web import Quiet

AT = "2026-11-24 18:00"
TITLE = "关于第3件事项的通知"
TOOLS = Tools(AT, seconds=5)


class Faulty(Quiet):
    """Serves a folder; faults: path -> body that is sent instead, None for 404."""

    faults: dict[str, bytes | None] = {}  # noqa: RUF012  (the test's own)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path not in self.faults:
            super().do_GET()
            return
        body = self.faults[path]
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")


class _Six(ThreadingHTTPServer):
    address_family = socket.AF_INET6


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A published site with search, served by IPv4 and, at the same port, by IPv6."""
    root, port = tmp_path_factory.mktemp("probe") / "cluster", free_port()
    made = one_site(root)
    made.folder.write({
        "sites/cluster.yaml": "name: 站群\nroot: cc\n",
        "sites/cc.yaml": f"name: 长春市人民政府\nkind: prefecture\nurl: http://127.0.0.1:{port}\n"
        f"deploy: {{kind: folder, path: {root / 'www'}}}\n"
        "links: [{name: 好的, url: 'https://good.example/'}, {name: 坏的, url: 'https://bad.example/'}]\n",
    })  # fmt: skip
    made.go()

    def handler(*args: Any) -> Faulty:
        return Faulty(*args, directory=str(made.tree()))

    with serving(ThreadingHTTPServer(("127.0.0.1", port), handler)), serving(_Six(("::1", port), handler)):
        yield made


@pytest.fixture
def site(live: Live) -> Iterator[Site]:
    yield load_registry(live.root).sites["cc"]
    Faulty.faults.clear()


def six(host: str, port: int, family: int) -> list[str]:
    """As if the site's name had both kinds of addresses."""
    return {socket.AF_INET6: ["::1"], socket.AF_INET: ["127.0.0.1"]}.get(family, ["127.0.0.1", "::1"])


def answers(url: str) -> int:
    return 404 if "bad" in url else 200


def test_a_site_that_is_well(site: Site, live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visiting, "SECONDS", 5)
    tools = replace(TOOLS, lookup=six, fetch=answers, pause=lambda _: None)
    [records] = probe_sites([site], ["reach", "ipv6", "tls", "bytes", "search", "links"], tools).values()
    found = {one.what: (one.status, one.ok, one.value, one.why) for one in records}
    assert 0 <= (found["reach"][2] or 0) < 5
    assert found == {
        "reach": (DECIDED, True, found["reach"][2], ""),
        "ipv6": (DECIDED, True, 0, ""),
        "tls": (UNDECIDABLE, None, None, "网址不是 https，没有证书"),
        "bytes": (DECIDED, True, 0, ""),
        "search": (DECIDED, True, 0, ""),
        "links": (DECIDED, False, 1, "打不开 1 个站外链接，其中首页 1 个"),
    }
    detail = {one.what: one.detail for one in records}
    assert detail["search"] == {"title": TITLE}
    assert detail["links"]["urls"] == ["https://bad.example/"]
    assert detail["bytes"]["files"] > 20


@pytest.mark.parametrize(
    ("faults", "look", "expected"),
    [
        ({"/": b"<title>x</title>"}, look_bytes, (DECIDED, False, 1, "index.html：内容与清单不符。")),
        ({"/.well-known/jiyue/release.json": None}, look_bytes,
         (UNDECIDABLE, None, None, "没有版本清单。这里不是由 jiyue 发布的站点，或清单被删除。")),
        ({"/search/index/m.json": None}, look_search, (DECIDED, False, 1, "搜索索引打不开：网站答复 404")),
        ({"/api/site.json": b"[]"}, look_search, (UNDECIDABLE, None, None, "开放数据里没有可查的标题（api/site.json）")),
        ({"/": None}, look_search, (FAILED, None, None, "首页打不开：网站答复 404")),
        ({"/": None}, look_reach, (DECIDED, False, None, "网站答复 404")),
        ({"/": None}, look_links, (FAILED, None, None, "首页打不开：网站答复 404")),
    ],
)  # fmt: skip
def test_what_is_altered_or_missing(
    site: Site, faults: dict[str, bytes | None], look: Callable[[Home], Record], expected: tuple[Any, ...]
) -> None:
    Faulty.faults.update(faults)
    one = look(Home(site, TOOLS))
    assert (one.status, one.ok, expected[2] and one.value, one.why) == expected


def test_a_name_without_ipv6_and_a_site_that_differs_by_ipv6(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(host: str, port: int, family: int) -> list[str]:
        if family == socket.AF_INET6:
            raise socket.gaierror(socket.EAI_NONAME, "none")
        return ["127.0.0.1"]

    one = look_ipv6(Home(site, replace(TOOLS, lookup=without)))
    assert (one.ok, one.value, one.why) == (False, 1, "域名没有 IPv6 地址（AAAA 记录）")

    home = Home(site, replace(TOOLS, lookup=six))
    Faulty.faults["/"] = b"<title>x</title>"
    one = look_ipv6(home)
    assert (one.ok, one.value, one.why, one.detail["urls"]) == (False, 1, "与 IPv4 的内容不一致", [f"{site.url}/"])

    def no_network(*_: Any) -> socket.socket:
        raise OSError(errno.ENETUNREACH, "unreachable")

    monkeypatch.setattr(socket, "create_connection", no_network)
    one = look_ipv6(home)
    assert (one.status, one.ok, one.why) == (FAILED, None, "探测的机器到不了那个网络（IPv6）")


def looked(url: str, seconds: float = 5) -> tuple[bool, str]:
    one = visiting.visit(url, seconds=seconds)
    return one.measured, one.problem


@pytest.fixture(scope="module")
def outside() -> Iterator[Upstream]:
    with upstream() as site:
        yield site


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply.of("好"), ""),
        (Reply(b"x" * 50, pause=0.2, piece=1), "0.8 秒没有打开"),
        (Reply(b"x", length=500), "连接中断，没有收全"),
        (Reply(b"x", 500), "网站答复 500"),
        (Reply(b"", 302, {"Location": "/a"}), "转向绕成了圈"),
        (Reply(b"", 302, {"Location": "/b"}), ""),
        (Reply(b"", 302, {"Location": "ftp://x.example/"}), "转向的网址不完整"),
        (Reply(b"x" * 100, headers={"Content-Length": "9"}), ""),
    ],
)
def test_a_visit_says_what_is_wrong(outside: Upstream, reply: Reply, problem: str) -> None:
    outside.replies = {"/a": reply, "/b": Reply.of("到了")}
    assert looked(f"{outside.url}/a", 0.8) == (True, problem)


def test_a_visit_where_nobody_is() -> None:
    assert looked(f"http://127.0.0.1:{free_port()}/") == (True, "连不上服务器")
    assert looked("http://name.invalid/") in [
        (True, "查不到域名的地址"),
        (False, "域名服务器没有答复，探测的机器可能没有网络"),
    ]


def certificate(folder: Path, host: str, days: int) -> tuple[Path, Path]:
    """A self-signed certificate that holds for so many days from AT, and its key, in one file each."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    end = datetime(2026, 11, 24, 10, tzinfo=UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=4000))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, secret


@pytest.mark.parametrize(
    ("host", "days", "trusted", "expected"),
    [
        ("localhost", 3000, True, (True, 3000, "")),
        ("localhost", -2000, True, (False, -2000, "证书已经到期")),
        ("www.other.example", 3000, True, (False, 3000, "证书无效：Hostname mismatch, certificate is not valid for 'localhost'.")),
        ("localhost", 3000, False, (False, 3000, "证书无效：self-signed certificate")),
    ],
)  # fmt: skip
def test_a_certificate_that_holds_has_ended_or_is_another_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, days: int, trusted: bool, expected: tuple[Any, ...]
) -> None:
    cert, secret = certificate(tmp_path, host, days)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert if trusted else tmp_path / "none"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, secret)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setattr(server, "handle_error", lambda *_: None)
    with serving(server):
        site = Site("cc", "长春", "长春", "prefecture", f"https://localhost:{server.server_address[1]}", (), {}, ())
        one = look_tls(Home(site, TOOLS))
    assert (one.ok, one.value, one.why) == expected


def test_without_a_network_nothing_is_held_against_a_site() -> None:
    sites = [Site(name, name, name, "county", f"http://127.0.0.1:{free_port()}", (), {}, ()) for name in ("a", "b")]
    found = probe_sites(sites, ["reach"], TOOLS)
    assert [(one.status, one.why) for records in found.values() for one in records] == [
        (FAILED, "所有站点都没有答复，探测的机器可能没有网络")
    ] * 2
    assert [one.status for one in probe_sites(sites[:1], ["reach"], TOOLS)["a"]] == [DECIDED]


NGINX = """\
203.0.113.9 - - [23/Nov/2026:23:30:00 +0800] "GET /tzgg/a.html HTTP/1.1" 200 900 "-" "Mozilla/5.0 (X11)"
203.0.113.9 - - [24/Nov/2026:00:10:00 +0800] "GET /tzgg/a.html?x=1 HTTP/1.1" 200 900 "-" "Mozilla/5.0 (X11)"
203.0.113.9 - - [23/Nov/2026:16:20:00 +0000] "GET / HTTP/2.0" 304 0 "-" "Mozilla/5.0 (X11)"
2001:db8::7 - - [24/Nov/2026:08:00:00 +0800] "GET /tzgg/ HTTP/1.1" 200 900 "-" "Mozilla/5.0 (iPhone)"
203.0.113.9 - - [24/Nov/2026:08:00:01 +0800] "GET /theme/site.css HTTP/1.1" 200 900 "-" "Mozilla/5.0 (X11)"
198.51.100.4 - - [24/Nov/2026:08:00:02 +0800] "GET /tzgg/a.html HTTP/1.1" 200 900 "-" "Baiduspider/2.0"
198.51.100.4 - - [24/Nov/2026:08:00:03 +0800] "GET /old.html HTTP/1.1" 404 9 "-" "Mozilla/5.0 (X11)"
198.51.100.4 - - [24/Nov/2026:08:00:04 +0800] "POST /x HTTP/1.1" 500 9 "-" "-"
broken line
"""


def test_visits_are_counted_and_nobody_is_remembered(live: Live, tmp_path: Path) -> None:
    caddy = [
        {"ts": 1795482000.5, "request": {"client_ip": "203.0.113.9", "host": f"127.0.0.1:{port}", "uri": "/tzgg/a.html",
         "headers": {"User-Agent": ["Mozilla/5.0"]}}, "status": 200}
        for port in (80, 81)
    ]  # fmt: skip
    (tmp_path / "access.log").write_text(NGINX)
    (tmp_path / "caddy.log").write_text("".join(f"{json.dumps(row)}\n" for row in caddy))
    runner, command = CliRunner(), application("probe")

    def probed(*args: str) -> list[Any]:
        ran = runner.invoke(command, ["probe", *args, "--root", str(live.root), "--json"])
        assert ran.exit_code == 0, ran.output
        return list(json.loads(ran.output))

    rows = probed("cc", "--logs", str(tmp_path / "access.log"))
    assert [(row["at"], row["value"], row["detail"]) for row in rows] == [
        ("2026-11-23", 1, {"visitors": 1, "robots": 0, "missing": 0, "errors": 0, "folders": {"tzgg": 1}}),
        ("2026-11-24", 3, {"visitors": 2, "robots": 1, "missing": 1, "errors": 1, "folders": {"tzgg": 2}}),
    ]
    [more] = probed("--logs", str(tmp_path / "caddy.log"))
    assert (more["site"], more["at"], more["value"], more["detail"]["visitors"]) == ("cc", "2026-11-24", 2, 1)
    written = (live.root / "sites/ledger/probe/2026-11/cc.jsonl").read_text()
    assert "203.0.113" not in written
    assert "Mozilla" not in written
    kept = read_records(live.root, "cc", "2026-11-24", "2026-11-24")
    assert [(one.at, one.value) for one in kept if one.what == "visits"] == [("2026-11-24", 3)], "the largest of a day"


def test_the_command_writes_the_ledger_and_tells_a_fault(live: Live, site: Site) -> None:
    def probed(code: int, *args: str) -> str:
        ran = CliRunner().invoke(application("probe"), ["probe", "--root", str(live.root), "--today", AT, *args])
        assert ran.exit_code == code, ran.output
        return ran.output

    assert probed(0, "--what", "reach,bytes").splitlines()[1] == "cc：与发布清单一致　0 个"
    with (live.root / "sites/ledger/probe/2026-11/cc.jsonl").open("a") as ledger:
        ledger.write('{"at": "2026-11-2')
    Faulty.faults["/"] = b"hacked"
    assert "不合格　index.html：内容与清单不符。" in probed(1, "cc", "--what", "bytes")
    Faulty.faults.clear()
    probed(0, "--what", "reach", "--dry-run")
    records = [one for one in read_records(live.root, "cc", "2026-11-24", "2026-11-24") if one.what != "visits"]
    assert [(one.what, one.ok) for one in records] == [("bytes", True), ("bytes", False), ("reach", True)]
    assert latest(records)["bytes"].why == "index.html：内容与清单不符。"
    assert probed(2, "--what", "x")
