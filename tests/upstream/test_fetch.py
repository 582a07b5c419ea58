"""Getting pages of other sites: a real server on the loopback address with every fault, and a client that bears them."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from jiyue.upstream import fetch
from jiyue.upstream.fetch import Fetcher, FetchError, Validators, as_text, is_public, own_address
from tests.support.upstream import Reply, Upstream, stamp

MOST = 1 << 16


def fetcher(site: Upstream, timeout: float = 60) -> tuple[Fetcher, list[float]]:
    pauses: list[float] = []
    return Fetcher(own=own_address(site.url), timeout=timeout, sleep=pauses.append), pauses


def test_a_page_and_its_validators(site: Upstream) -> None:
    site.replies["/a?x=1"] = Reply.of("正文", ETag='"1"', Last_Modified="Fri, 20 Nov 2026 01:30:00 GMT")
    client, pauses = fetcher(site)
    answer = client.get(f"{site.url}/a?x=1#part", MOST)
    assert (answer.status, answer.body.decode(), pauses) == (200, "正文", [])
    assert answer.validators == ('"1"', "Fri, 20 Nov 2026 01:30:00 GMT")
    assert client.get(f"{site.url}/a?x=1", MOST, answer.validators).status == 304
    assert site.asked[1][1]["If-Modified-Since"] == "Fri, 20 Nov 2026 01:30:00 GMT"


def test_a_busy_server_is_asked_again_with_growing_pauses(site: Upstream) -> None:
    site.replies["/a"] = [Reply(status=500), Reply(status=503, headers={"Retry-After": "7"}), Reply(b"ok")]
    client, pauses = fetcher(site)
    assert client.get(f"{site.url}/a", MOST).body == b"ok"
    assert pauses == [1, 7]


@pytest.mark.parametrize(
    ("reply", "pauses", "message"),
    [
        (Reply(status=502), [1, 2], "网站答复 502"),
        (Reply(status=429, headers={"Retry-After": "3600"}), [], "网站答复 429，并要求 3600 秒以后再试"),
        (Reply(b"abc", length=9), [1, 2], "连接中断或不通（ConnectionError）"),
        (Reply(b"abc", headers={"Content-Encoding": "gzip"}), [1, 2], "连接中断或不通（error）"),
        (Reply(gzip.compress(b"abc" * 99)[:-9], headers={"Content-Encoding": "gzip"}), [1, 2], "（ConnectionError）"),
        (Reply(b"abc", headers={"Content-Encoding": "br"}), [], "网站用没有要求的方式压缩（br）"),
        (Reply(b"", length=50 << 20), [], "内容超过 65536 字节，没有读完"),
        (Reply(status=403), [], "网站答复 403"),
        (Reply(status=204), [], "网站答复 204"),
        (Reply(status=302), [], "网站答复 302"),
        (Reply(status=302, headers={"Location": "/a"}), [], "转向超过 5 次"),
        (Reply(status=302, headers={"Location": "file:///etc/passwd"}), [], "「file:///etc/passwd」不是可以取的网址"),
        (Reply(status=302, headers={"Location": "//u:p@127.0.0.1/"}), [], "「http://u:p@127.0.0.1/」不是可以取的网址"),
        (Reply(status=307, headers={"Location": "http://127.0.0.1:9/"}), [], "127.0.0.1:9 是内部网络的地址，不取"),
        (Reply(status=301, headers={"Location": "http://[::1]:9/"}), [], "::1:9 是内部网络的地址，不取"),
        (Reply(status=301, headers={"Location": "http://169.254.169.254/latest/"}), [], "169.254.169.254:80 是内部网络"),
        (Reply(status=301, headers={"Location": "http://2130706433/"}), [], "2130706433:80 是内部网络的地址，不取"),
    ],
)  # fmt: skip
def test_what_can_not_be_had(site: Upstream, reply: Reply, pauses: list[float], message: str) -> None:
    site.replies["/a"] = reply
    client, paused = fetcher(site)
    with pytest.raises(FetchError) as problem:
        client.get(f"{site.url}/a", MOST)
    assert message in problem.value.message
    assert paused == pauses
    assert not problem.value.gone


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_says_so(site: Upstream, status: int) -> None:
    site.replies["/a"] = Reply(status=status)
    with pytest.raises(FetchError) as problem:
        fetcher(site)[0].get(f"{site.url}/a", MOST)
    assert problem.value.gone


def test_redirects_are_followed_within_the_site(site: Upstream) -> None:
    site.replies |= {"/a": Reply(status=301, headers={"Location": "b/c?d=一"}), "/b/c?d=%E4%B8%80": Reply(b"ok")}
    answer = fetcher(site)[0].get(f"{site.url}/a", MOST)
    assert (answer.url, answer.body) == (f"{site.url}/b/c?d=一", b"ok")


@pytest.mark.parametrize("slow", ["whole", "drip", "silent"])
def test_a_slow_server_costs_no_more_than_the_time_limit(site: Upstream, slow: str) -> None:
    site.replies["/a"] = {
        "whole": Reply(b"x" * 10, pause=9),
        "drip": Reply(b"x" * 1000, pause=0.05, piece=1),  # each byte comes in time, all of them never
        "silent": Reply(headers={"Content-Length": "9"}),
    }[slow]
    client, pauses = fetcher(site, timeout=0.12)
    with pytest.raises(FetchError, match=r"0.12 秒之内没有答完|ConnectionError") as problem:
        client.get(f"{site.url}/a", MOST)
    assert (problem.value.gone, pauses) == (False, [1, 2])


def test_a_server_that_takes_the_connection_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        client = Fetcher(own=address, timeout=0.1, sleep=lambda _: None)
        with pytest.raises(FetchError, match=r"0.1 秒之内没有答完"):
            client.get(f"http://{address}/", MOST)
    with pytest.raises(FetchError, match=r"连接中断或不通（ConnectionRefusedError）"):
        client.get(f"http://{address}/", MOST)


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "upstream.example")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2027, 1, 1))
    both = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "both.pem").write_bytes(both + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"

        def answer() -> None:
            with suppress(OSError), context.wrap_socket(listening.accept()[0], server_side=True):
                pass

        server = threading.Thread(target=answer)
        server.start()
        pauses: list[float] = []
        with pytest.raises(FetchError, match="网站的证书无效"):
            Fetcher(own=address, timeout=60, sleep=pauses.append).get(f"https://{address}/", MOST)
        server.join()
        assert pauses == []
        with pytest.raises(FetchError, match=r"0.1 秒之内没有答完"):  # takes the connection, never speaks TLS
            Fetcher(own=address, timeout=0.1, sleep=pauses.append).get(f"https://{address}/", MOST)


def test_reading_stops_at_the_limit_whatever_is_announced(site: Upstream) -> None:
    large = b"x" * (50 << 20)
    site.replies |= {
        "/told": Reply(large),
        "/untold": Reply(large, length=MOST),
        "/bomb": Reply.of("0" * (50 << 20)).packed,
        "/edge": Reply(large[:MOST]),
    }
    site.replies["/stream"] = Reply(large, headers={"Content-Length": "", "Connection": "close"})
    client, pauses = fetcher(site)
    for path in ("told", "bomb"):
        with pytest.raises(FetchError, match="内容超过 65536 字节，没有读完"):
            client.get(f"{site.url}/{path}", MOST)
    with pytest.raises(FetchError, match="内容超过 65536 字节，没有读完"):
        client.get(f"{site.url}/stream", MOST)
    assert len(client.get(f"{site.url}/untold", MOST).body) == MOST  # an answer ends where it said
    assert len(client.get(f"{site.url}/edge", MOST).body) == MOST
    assert pauses == []
    assert site.sent < 3 * (8 << 20) + 4 * MOST  # what the kernel buffered, not 50 MB each


def test_a_name_that_leads_inward_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a name server answers: the address that was checked is the one that is connected to."""
    answers = iter(["93.184.215.14", "10.1.2.3"])
    real = socket.getaddrinfo
    connected: list[object] = []

    def resolve(host: str, port: int, **options: int) -> object:
        return real(next(answers), port, type=socket.SOCK_STREAM)

    def connect(address: object, timeout: float) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(fetch.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(fetch.socket, "create_connection", connect)
    with pytest.raises(FetchError, match=r"upstream\.example:80 是内部网络的地址"):
        Fetcher(sleep=lambda _: None).get("http://upstream.example/", MOST)
    assert connected == [("93.184.215.14", 80)]


def test_all_addresses_of_a_name_share_one_time_limit(site: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first never answers; when the second does, the time is over."""
    port = int(site.url.rpartition(":")[2])

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        if address == ("93.184.215.14", 80):
            time.sleep(timeout * 1.5)
            raise ConnectionRefusedError
        here = socket.socket()
        here.settimeout(timeout)
        here.connect(("127.0.0.1", port))
        return here

    names = [(2, 1, 6, "", (f"93.184.215.{last}", 80)) for last in (14, 15)]
    monkeypatch.setattr(fetch.socket, "getaddrinfo", lambda *_, **__: names)
    monkeypatch.setattr(fetch.socket, "create_connection", connect)
    site.replies["/"] = Reply(b"x" * 9, pause=0.05, piece=1)
    with pytest.raises(FetchError, match=r"0.1 秒之内没有答完"):
        Fetcher(timeout=0.1, sleep=lambda _: None).get("http://upstream.example/", MOST)
    assert site.asked == []


def test_without_leave_nothing_inside_is_asked(site: Upstream) -> None:
    with pytest.raises(FetchError, match="是内部网络的地址") as problem:
        Fetcher(sleep=lambda _: None).get(f"{site.url}/a", MOST)
    assert "internal: true" in problem.value.hint
    assert site.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f::1", True), ("127.0.0.1", False), ("10.0.0.1", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.0.1", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False),
        ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False), ("2002:a00:1::", False), ("::ffff:93.184.215.14", True), ("x", False),
    ],
)  # fmt: skip
def test_addresses_of_the_public_internet(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://a.example/", "https:///x", "http://a.example:99999/", "http://[::1/", "javascript:alert(1)", "http://u@a.example/"],
)  # fmt: skip
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(FetchError):
        Fetcher(sleep=lambda _: None).get(url, MOST)


CHINESE = "国务院关于印发《“十四五”推进农业农村现代化规划》的通知。" * 3


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (CHINESE.encode(), ""),
        (CHINESE.encode(), "text/html; charset=gb2312"),  # a wrong header
        (CHINESE.encode("utf-8-sig"), "text/html"),
        (CHINESE.encode("gb18030"), "text/html"),
        (CHINESE.encode("gb18030"), "text/html; charset=ISO-8859-1"),
        (CHINESE.encode("gb18030"), "text/html; charset=utf-8"),
        (b'<meta charset="gb2312">' + (CHINESE + "镕㙍").encode("gb18030"), "text/html"),
        (b'<?xml version="1.0" encoding="GBK"?>' + CHINESE.encode("gbk"), "text/xml"),
        (CHINESE.encode("utf-16"), "text/html"),
        (b"<meta charset=utf-8>" + (CHINESE * 30).encode() + b"\xe4\xb8", "text/html"),
    ],
)
def test_the_encoding_of_a_page(body: bytes, kind: str) -> None:
    assert CHINESE in (as_text(body, kind) or "")


def test_bytes_that_are_no_text() -> None:
    assert as_text(bytes(range(256)) * 9, "text/html; charset=x-unknown") is None


def test_the_clock_of_the_server(site: Upstream) -> None:
    site.replies["/a"] = Reply(headers={"Date": stamp(7200)})
    clock = fetcher(site)[0].get(f"{site.url}/a", MOST).clock
    assert clock is not None and timedelta(minutes=119) < clock - datetime.now(UTC) < timedelta(minutes=121)
    site.replies["/a"] = Reply(headers={"Date": "yesterday"})
    assert fetcher(site)[0].get(f"{site.url}/a", MOST, Validators()).clock is None
