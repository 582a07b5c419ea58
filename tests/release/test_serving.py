"""The generated configurations, asked through real nginx and real Caddy on the loopback."""

from __future__ import annotations

import gzip
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import quote

import pytest

from jiyue.ledger import Answers
from jiyue.release.maker import Site
from jiyue.release.store import Store
from jiyue.serving.caddy import caddy_config
from jiyue.serving.csp import Inline, content_security_policy, inline_of
from jiyue.serving.nginx import nginx_config, path_links
from jiyue.serving.policy import TLS, Policy, Served
from tests.release.release_sample import CC, page, put, ship, write_site

SUB = Site("erdao", "https://www.cc.example/erdao")
ANSWERS = Answers(
    {"/old.html": "/tzgg/a.html", "/旧 页.html": "/tzgg/通知.html", "/Mixed.html": "/", "/else/": "https://else.example/x",
     "/tzgg/a.html": "/never.html"},
    ["/gone.html", "/tzgg/a/"],
)  # fmt: skip
SCRIPT = "document.documentElement.classList.add('js')"


@dataclass
class Asked:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    port: int

    def get(self, path: str, encoding: str = "identity", host: str = "www.cc.example") -> Asked:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", quote(path), headers={"Host": host, "Accept-Encoding": encoding})
        answer: HTTPResponse = connection.getresponse()
        asked = Asked(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        connection.close()
        return asked


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> list[Served]:
    root = tmp_path_factory.mktemp("serving")
    root.chmod(0o755)
    for parent in list(root.parents)[:3]:
        parent.chmod(0o755)
    output, store = root / "output", Store(root / "store")
    write_site(output, {"a": "关于甲事项的通知", "通知": "带中文名的通知"})
    put(output / "changchun/inline.html", page("内联", f"<script>{SCRIPT}</script>" + "<p>x</p>" * 400))
    put(output / "changchun/tzgg/data.tar.gz", gzip.compress(b"data", mtime=0))
    write_site(output, {"b": "二道区的通知"}, site=SUB)
    served = []
    for site in (CC, SUB):
        ship(store, output, site=site)
        live = store.live_link(site.id)
        answers = ANSWERS if site is CC else Answers({"/old.html": "/tzgg/b.html"}, ["/gone.html"])
        served.append(Served(site.id, site.url, live, answers, inline_of(live, site.id)[0]))
    return served


@contextmanager
def running(name: str, program: str, sites: list[Served], policy: Policy, folder: Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    log = folder / "log"
    if name == "nginx":
        links = folder / "paths"
        for link, target in path_links(sites, links).items():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target)
        (folder / "sites.conf").write_text(nginx_config(sites, policy, links))
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log {log} info; events {{}}\n"
            f"http {{ access_log off; {temporary} include {folder}/sites.conf; }}\n"
        )
        command = [program, "-p", str(folder), "-e", str(log), "-c", str(folder / "nginx.conf")]
    else:
        (folder / "Caddyfile").write_text(caddy_config(sites, policy))
        command = [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "PATH": "/usr/bin"}
    with log.open("wb") as err:
        process = subprocess.Popen(command, stdout=err, stderr=err, env=environment)
    try:
        wait_for(policy.https_port if policy.tls else policy.http_port, process, log)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def server(
    request: pytest.FixtureRequest, sites: list[Served], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    program = shutil.which(request.param)
    if not program:
        pytest.skip(f"{request.param} is not installed")
    policy = Policy(tls=None, address="127.0.0.1", http_port=free_port())
    with running(request.param, program, sites, policy, tmp_path_factory.mktemp(request.param)):
        yield Server(policy.http_port)


def test_pages_are_served_as_they_are(server: Server, sites: list[Served]) -> None:
    for path, file in (("/", "index.html"), ("/tzgg/", "tzgg/index.html"), ("/tzgg/通知.html", "tzgg/通知.html")):
        asked = server.get(path)
        assert (asked.status, asked.body) == (200, (sites[0].live / file).read_bytes()), path
        assert asked.headers["content-type"] == "text/html; charset=utf-8"
        assert asked.headers["cache-control"] == "no-cache, no-transform, no-siteapp"
        assert "content-encoding" not in asked.headers
        assert asked.headers["etag"]


@pytest.mark.parametrize(
    ("accepted", "used"),
    [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip, deflate, br", "br"), ("gzip;q=0, br;q=0", ""), ("", "")],
)
def test_compressed_copies_are_negotiated(server: Server, sites: list[Served], accepted: str, used: str) -> None:
    suffix = {"gzip": ".gz", "br": ".br", "zstd": ".zst", "": ""}[used]
    for path, file in (("/tzgg/a.html", "tzgg/a.html"), ("/tzgg/通知.html", "tzgg/通知.html")):
        asked = server.get(path, accepted)
        if accepted == "gzip, deflate, br" and asked.headers["content-encoding"] == "gzip":
            continue  # Caddy takes the client's order where qualities are equal
        assert asked.headers.get("content-encoding", "") == used
        assert asked.body == (sites[0].live / f"{file}{suffix}").read_bytes()
        assert asked.headers["content-type"] == "text/html; charset=utf-8"
        assert "accept-encoding" in asked.headers["vary"].lower()
    assert server.get("/robots.txt", accepted).body == b"User-agent: *\n"


def test_copies_are_not_addresses_but_downloads_are(server: Server) -> None:
    assert server.get("/tzgg/a.html.br").status == 404
    assert server.get("/tzgg/a.html.gz").status == 404
    download = server.get("/tzgg/data.tar.gz", "gzip")
    assert (download.status, gzip.decompress(download.body)) == (200, b"data")
    assert "content-encoding" not in download.headers


def test_hashed_assets_never_expire(server: Server) -> None:
    for encoding in ("identity", "br"):
        asked = server.get("/theme/main.0123abcd.css", encoding)
        assert asked.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert asked.headers["content-type"] == "text/css; charset=utf-8"
    assert server.get("/api/articles.jsonl").headers["cache-control"] == "public, max-age=3600"
    assert server.get("/api/articles.jsonl").headers["content-type"] == "application/jsonl; charset=utf-8"
    assert server.get("/tzgg/a/p.png").headers["content-type"] == "image/png"


def test_moved_addresses_redirect_and_gone_ones_say_so(server: Server, sites: list[Served]) -> None:
    def leads(path: str) -> tuple[int, str]:
        asked = server.get(path)
        return asked.status, asked.headers.get("location", "")

    assert leads("/old.html") == (301, "/tzgg/a.html")
    assert leads("/旧 页.html") == (301, "/tzgg/%E9%80%9A%E7%9F%A5.html")
    assert leads("/Mixed.html") == (301, "/")
    assert leads("/else/") == (301, "https://else.example/x")
    assert leads("/tzgg/a.html")[0] == 200  # a published page wins
    assert leads("/erdao/old.html") == (301, "/erdao/tzgg/b.html")
    assert leads("/tzgg")[0] in (301, 308)
    assert leads("/tzgg")[1] == "/tzgg/"
    for path in ("/gone.html", "/tzgg/a/"):
        asked = server.get(path, "br, gzip")
        assert asked.status == 410
        assert asked.headers["content-type"].startswith("text/html")
    assert server.get("/gone.html").body == (sites[0].live / "404.html").read_bytes()


def test_what_is_not_there_is_the_sites_own_error_page(server: Server, sites: list[Served]) -> None:
    for path, site in (("/nope.html", 0), ("/nope/", 0), ("/erdao/nope.html", 1), ("/theme/", 0)):
        asked = server.get(path)
        assert (asked.status, asked.body) == (404, (sites[site].live / "404.html").read_bytes()), path
        assert asked.headers["x-content-type-options"] == "nosniff"
        assert asked.headers["content-type"].startswith("text/html")


def test_a_site_below_a_path_is_served_there(server: Server, sites: list[Served]) -> None:
    for path, file in (("/erdao/", "index.html"), ("/erdao/tzgg/b.html", "tzgg/b.html")):
        for encoding, suffix in (("identity", ""), ("gzip", ".gz")):
            asked = server.get(path, encoding)
            assert asked.status == 200
            if asked.headers.get("content-encoding") or not suffix:
                name = file + (suffix if asked.headers.get("content-encoding") else "")
                assert asked.body == (sites[1].live / name).read_bytes()
    assert server.get("/erdao").headers["location"] == "/erdao/"


def test_every_answer_carries_the_security_headers(server: Server, sites: list[Served]) -> None:
    for path in ("/", "/tzgg/a.html", "/nope", "/gone.html", "/theme/main.0123abcd.css", "/erdao/"):
        for encoding in ("identity", "zstd"):
            headers = server.get(path, encoding).headers
            assert headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'"), path
            assert "unsafe" not in headers["content-security-policy"]
            for name, value in Policy().headers.items():
                assert headers[name.lower()] == value
    assert sites[0].inline.scripts[0] in server.get("/inline.html").headers["content-security-policy"]
    assert not sites[1].inline.scripts


def test_another_host_gets_nothing_of_this_site(server: Server) -> None:
    try:
        asked = server.get("/", host="evil.example")
    except OSError:
        return
    except Exception as cause:  # nginx closes the connection without an answer
        assert "Remote end closed" in str(cause)
        return
    assert "长春".encode() not in asked.body


def test_a_release_goes_live_without_a_reload(server: Server, sites: list[Served]) -> None:
    live = sites[0].live
    before = live.readlink()
    other = live.with_name(".other")
    other.symlink_to(sites[1].live.readlink())
    other.replace(live)
    try:
        assert server.get("/tzgg/b.html").status == 200
        assert server.get("/tzgg/a.html").status == 301
    finally:
        other.symlink_to(before)
        other.replace(live)
    assert server.get("/tzgg/a.html").status == 200


def test_inline_code_is_allowed_by_digest_and_attributes_are_reported(tmp_path: Path) -> None:
    put(
        tmp_path / "a.html",
        f'<script>{SCRIPT}</script><script type="application/ld+json">{{}}</script><style>p{{}}</style>',
    )
    put(tmp_path / "b.html", '<p>x</p>\n<p onclick="go()">y</p><script src="/theme/a.js"></script>')
    inline, found = inline_of(tmp_path, "changchun")
    assert (len(inline.scripts), len(inline.styles)) == (1, 1)
    assert [(d.path, d.line, d.message) for d in found] == [
        ("b.html", 2, '内联代码会被内容安全策略拦截：<p onclick="go()">')
    ]
    assert "unsafe" not in content_security_policy(inline, {})
    assert content_security_policy(Inline(), {"img-src": "'self'"}).count("img-src 'self';") == 1


def test_tls_names_come_from_the_host(sites: list[Served]) -> None:
    policy = Policy()
    text = nginx_config([replace(sites[0], answers=Answers({}, ()))], policy, Path("/links"))
    assert 'ssl_certificate "/etc/jiyue/tls/www.cc.example.crt";' in text
    assert "return 301 https://$host$request_uri;" in text
    assert 'tls "/etc/jiyue/tls/www.cc.example.crt" "/etc/jiyue/tls/www.cc.example.key"' in caddy_config(sites, policy)


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_tls_is_served_under_the_sites_name(name: str, sites: list[Served], tmp_path: Path) -> None:
    program = shutil.which(name)
    if not program or not shutil.which("openssl"):
        pytest.skip(f"{name} or openssl is not installed")
    import ssl  # noqa: PLC0415

    certificate, key = tmp_path / "www.cc.example.crt", tmp_path / "www.cc.example.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=www.cc.example", "-addext", "subjectAltName=DNS:www.cc.example", "-keyout", str(key), "-out",
         str(certificate)], check=True, capture_output=True,
    )  # fmt: skip
    tls = TLS(str(tmp_path / "{host}.crt"), str(tmp_path / "{host}.key"))
    policy = Policy(tls=tls, address="127.0.0.1", http_port=free_port(), https_port=free_port())
    with running(name, program, sites[:1], policy, tmp_path / "run"):
        context = ssl.create_default_context(cafile=str(certificate))
        with (
            socket.create_connection(("127.0.0.1", policy.https_port), 10) as plain,
            context.wrap_socket(plain, server_hostname="www.cc.example") as secure,
        ):
            secure.sendall(b"GET / HTTP/1.1\r\nHost: www.cc.example\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: secure.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"strict-transport-security: max-age=31536000" in answer.lower()
        moved = Server(policy.http_port).get("/tzgg/a.html")
        assert moved.status in (301, 308)
        assert moved.headers["location"] == f"https://www.cc.example:{policy.https_port}/tzgg/a.html"
