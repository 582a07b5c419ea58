"""Gets a page of a site outside the cluster: limited in time and size, retried with pauses, and never from inside the network.

A name is resolved here and the connection goes to the address that was checked, so that no answer of a name server and no
redirect leads to a machine behind the firewall. Proxies of the environment are not used: behind one, no address can be
checked.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from jiyue.importers.reading import decode

TRIES = 3
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds; each pause is twice the one before, or what Retry-After asks for. A server that asks for more is left alone."""
REDIRECTS = 5
AGAIN = frozenset({429, 500, 502, 503, 504})
GONE = frozenset({404, 410})
CHUNK = 1 << 16
AGENT = "jiyue-sync"

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LABEL = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_SAFE = "/%:=&?~#+!$,;'@()*[]"


class Validators(NamedTuple):
    """ETag and Last-Modified of an answer, '' where it had none."""

    etag: str = ""
    modified: str = ""


UNKNOWN = Validators()


class Answer(NamedTuple):
    """An answer: status 200, or 304 without a body. url: after redirects. clock: the server's Date, None if it gave none."""

    status: int
    url: str
    body: bytes
    content_type: str
    validators: Validators
    clock: datetime | None


class FetchError(Exception):
    """Nothing usable came; str() says why, in Chinese. gone: the server says that there is no such page (any more)."""

    def __init__(self, message: str, hint: str, *, gone: bool = False) -> None:
        super().__init__(message)
        self.message, self.hint, self.gone = message, hint, gone


class _AgainError(Exception):
    """A failure that may pass. wait: the seconds that the server asks for, 0 if it does not."""

    def __init__(self, message: str, wait: float = 0) -> None:
        super().__init__(message)
        self.wait = wait


class Fetcher:
    """Requests of one source.

    own: host:port of a source inside the network, '' for one of the public internet. Only there may a request go to an
    address that is not public. timeout: seconds for one whole request.
    """

    def __init__(self, *, own: str = "", timeout: float = 20, sleep: Callable[[float], None] = time.sleep) -> None:
        self.own, self.timeout, self.sleep = own, timeout, sleep

    def get(self, url: str, most: int, known: Validators = UNKNOWN) -> Answer:
        """The answer to a GET. most: bytes of the body, compressed or not. Raises FetchError."""
        pause = FIRST_PAUSE
        for left in range(TRIES - 1, -1, -1):
            try:
                return self._follow(url, most, known)
            except _AgainError as problem:
                if not left or problem.wait > LONGEST_PAUSE:
                    more = f"，并要求 {problem.wait:.0f} 秒以后再试" if problem.wait > LONGEST_PAUSE else ""
                    hint = "上级网站恢复后，下一次同步会补上；已有的稿件不受影响"
                    raise FetchError(f"{problem}{more}", hint) from None
                self.sleep(max(pause, problem.wait))
                pause *= 2
        raise AssertionError("unreachable")

    def _follow(self, url: str, most: int, known: Validators) -> Answer:
        for _ in range(REDIRECTS + 1):
            answer = self._once(url, most, known)
            if isinstance(answer, Answer):
                return answer
            url = answer
        raise FetchError(f"转向超过 {REDIRECTS} 次", "核对来源的网址；在浏览器里打开，改为最后停下的网址")

    def _once(self, url: str, most: int, known: Validators) -> Answer | str:
        """The answer, or the address that it redirects to."""
        scheme, host, port, target = _parts(url)
        connection = _Connection(host, port, _addresses(host, port, self.own), scheme == "https", self.timeout)
        watch = threading.Timer(self.timeout, connection.abort)
        watch.start()
        try:
            headers = {"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}
            if known.etag:
                headers["If-None-Match"] = known.etag
            if known.modified:
                headers["If-Modified-Since"] = known.modified
            connection.request("GET", target, headers=headers)
            return _read(connection, url, most)
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as problem:
            if connection.aborted or isinstance(problem, TimeoutError):
                raise _AgainError(f"{self.timeout:g} 秒之内没有答完") from None
            if isinstance(problem, ssl.SSLCertVerificationError):
                hint = "证书恢复有效之前不同步；证书由内部机构签发的，把它加进系统信任的证书"
                raise FetchError(f"网站的证书无效：{problem.verify_message}", hint) from None
            raise _AgainError(f"连接中断或不通（{type(problem).__name__}）") from None
        finally:
            watch.cancel()
            connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to addresses that were checked, encrypted if secure."""

    def __init__(self, host: str, port: int, addresses: list[tuple[str, int]], secure: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self.default_port = 443 if secure else 80  # for the Host header
        self.addresses, self.secure, self.aborted = addresses, secure, False
        self.open: socket.socket | None = None  # http.client forgets `sock` when an answer will end the connection

    def connect(self) -> None:
        """Connect to the first address that answers."""
        for at, address in enumerate(self.addresses, 1):
            try:
                self.sock = self.open = socket.create_connection(address, self.timeout)
                break
            except OSError:
                if at == len(self.addresses) or self.aborted:
                    raise
        if self.aborted:
            raise TimeoutError
        if self.secure:
            secured = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = self.open = secured
            secured.do_handshake()

    def abort(self) -> None:
        """End whatever is waited for, also an answer that comes a byte at a time."""
        self.aborted = True
        if self.open is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.open, socket.SHUT_RDWR)  # not SSLSocket's, which unwraps what is being read


def _parts(url: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, path and query) of an address. Raises FetchError."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (
            (parts.hostname or "").encode("idna").decode() if not (parts.hostname or "").isascii() else parts.hostname
        )
    except (ValueError, UnicodeError):
        raise FetchError(f"网址「{url[:200]}」不完整", "写完整的网址，如 https://www.gov.cn/") from None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise FetchError(f"「{url[:200]}」不是可以取的网址", "只取 http 和 https 的网址，网址里不能有用户名")
    target = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80), target


def _addresses(host: str, port: int, own: str) -> list[tuple[str, int]]:
    """The addresses of a host, which all have to be public unless it is the source's own. Raises FetchError, _AgainError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _AgainError(f"查不到 {host} 的地址") from None
    addresses = list(dict.fromkeys((str(entry[4][0]), port) for entry in found))
    if own != f"{host}:{port}" and not all(is_public(address) for address, _ in addresses):
        hint = "上级网站确实在内网的，在来源文件里写 internal: true，并把 url 写成它自己的地址；否则请上级网站查明"
        raise FetchError(f"{host}:{port} 是内部网络的地址，不取", hint)
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where it contains one of version 4."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def own_address(url: str) -> str:
    """host:port of an address, for Fetcher.own. Raises FetchError."""
    _, host, port, _ = _parts(url)
    return f"{host}:{port}"


def _read(connection: _Connection, url: str, most: int) -> Answer | str:
    with connection.getresponse() as response:
        status = response.status
        where = response.headers.get("Location", "")
        if status in (301, 302, 303, 307, 308) and where:
            after = urljoin(url, _as_sent(where))
            if url.startswith("https:") and after.startswith("http:"):
                raise FetchError(f"从 https 转向 http（{after[:200]}）", "网址确实改了的，改来源文件里的网址")
            return after
        if status in AGAIN:
            raise _AgainError(f"网站答复 {status}", _wait(response.headers.get("Retry-After", "")))
        if status not in (200, 304):
            hint = "核对网址；网页确已撤下的，改来源文件"
            raise FetchError(f"网站答复 {status}", hint, gone=status in GONE)
        body = b"" if status == 304 else _body(response, most)
        if connection.aborted:
            raise TimeoutError
        headers = response.headers
        validators = Validators(headers.get("ETag", ""), headers.get("Last-Modified", ""))
        return Answer(
            status, url, body, headers.get("Content-Type", ""), validators, http_date(headers.get("Date", ""))
        )


def _as_sent(header: str) -> str:
    """A header with bytes of UTF-8 in it, which the library reads as Latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def _body(response: http.client.HTTPResponse, most: int) -> bytes:
    """The body, unpacked. Stops reading at the limit. Raises FetchError, or OSError if it ends early."""
    packed = response.headers.get("Content-Encoding", "").strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(f"网站用没有要求的方式压缩（{packed[:20]}）", "请上级网站按请求答复")
    if response.length is not None and response.length > most:
        raise _too_large(most)
    unpack = zlib.decompressobj(wbits=31) if packed.endswith("gzip") else None
    parts: list[bytes] = []
    size = read = 0
    while chunk := response.read1(CHUNK):
        read += len(chunk)
        part = unpack.decompress(chunk, most - size + 1) if unpack else chunk
        size += len(part)
        parts.append(part)
        if size > most or read > most:
            raise _too_large(most)
    if response.length or (unpack and not unpack.eof):
        raise ConnectionError
    return b"".join(parts)


def _too_large(most: int) -> FetchError:
    size = f"{most >> 20} MB" if most >= 1 << 20 else f"{most} 字节"
    return FetchError(f"内容超过 {size}，没有读完", "核对网址；确实这样大的，在来源文件的 limits 里放宽")


def _wait(text: str) -> float:
    """The seconds of a Retry-After, which may also be a date."""
    if text.strip().isdecimal():
        return float(text)
    moment = http_date(text)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else 0


def http_date(text: str) -> datetime | None:
    """The moment of an HTTP or RFC 822 date, naive if it names no zone; None if it is none."""
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def as_text(body: bytes, content_type: str) -> str | None:
    """The text of a page or feed, in the encoding that its header, its own first lines or its bytes tell; None if none does.

    Labels are often wrong, so one counts only if every byte agrees; GB2312 and GBK are read as GB18030, which contains them.
    """
    labels = [*_LABEL.findall(content_type.encode("utf-8", "replace")), *_LABEL.findall(body[:4096])]
    names = [label.decode("ascii", "replace").lower() for label in labels]
    told = ["gb18030" if name.startswith("gb") else name for name in names if name.startswith(("gb", "utf", "big5"))]
    for name in dict.fromkeys(["utf-8-sig" if name.replace("-", "") == "utf8" else name for name in told]):
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    text = decode(body).text
    if text is None and told:  # a few broken bytes, as where a counter cut a character in half
        try:
            text = body.decode(told[0], "replace")
        except LookupError:
            return None
        return text if text.count("\ufffd") * 1000 <= len(text) else None
    return text
