"""Opens a page as a reader's browser does, and says what came of it: how long it took, what came, or why nothing did.

国办秘函〔2019〕19号 counts a site as closed that does not open within 15 seconds, so that is the time for all of it: name, connection,
redirects, every byte. What went wrong on this machine is told apart from what went wrong at the site.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

SECONDS = 15.0
MOST = 16 << 20
REDIRECTS = 5
AGENT = "Mozilla/5.0 (compatible; jiyue-probe)"
_CHUNK = 1 << 16
_SAFE = "/%:=&?~#+!$,;'@()*[]"
_OURS = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""Errors of this machine's network, not of the site's."""

Lookup = Callable[[str, int, int], list[str]]
"""(host, port, address family) -> its addresses. Raises socket.gaierror."""


class _LocalFaultError(Exception):
    """This machine could not ask."""


class _WrongError(Exception):
    """The site did not answer as it should."""


@dataclass(frozen=True)
class Visit:
    """A visit. url: after redirects; seconds: what it took, or how long it was tried; problem: what is wrong, in Chinese.

    measured: False if it could not be tried from here; then problem says why.
    """

    url: str
    seconds: float
    status: int = 0
    body: bytes = b""
    content_type: str = ""
    problem: str = ""
    measured: bool = True

    @property
    def opened(self) -> bool:
        """Whether the page came, whole and in time."""
        return not self.problem


def addresses(host: str, port: int, family: int = socket.AF_UNSPEC) -> list[str]:
    """The addresses of a host, by the system's resolver. Raises socket.gaierror."""
    return list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)))


def visit(
    url: str,
    *,
    family: int = socket.AF_UNSPEC,
    seconds: float = SECONDS,
    most: int = MOST,
    lookup: Lookup = addresses,
    clock: Callable[[], float] = time.monotonic,
) -> Visit:
    """Open an address and follow its redirects. family: AF_INET6 asks by IPv6 alone."""
    began = clock()
    seen = {url}
    while True:
        left = seconds - (clock() - began)
        try:
            if left <= 0:
                raise TimeoutError
            status, body, kind, where = _once(url, family, left, most, lookup)
        except _LocalFaultError as problem:
            return Visit(url, clock() - began, problem=str(problem), measured=False)
        except _WrongError as problem:
            return Visit(url, clock() - began, problem=str(problem))
        except TimeoutError:
            return Visit(url, clock() - began, problem=f"{seconds:g} 秒没有打开")
        if not where:
            took = clock() - began
            return Visit(url, took, status, body, kind, "" if status == 200 else f"网站答复 {status}")
        url = urljoin(url, where)
        if url in seen or len(seen) > REDIRECTS:
            return Visit(url, clock() - began, status, problem="转向绕成了圈" if url in seen else "转向太多次")
        seen.add(url)


def certificate_end(url: str, *, seconds: float = SECONDS, lookup: Lookup = addresses) -> datetime | str:
    """The last moment of the certificate that a server shows, whoever issued it; or why it can't be had, in Chinese."""
    host, port, _ = _parts(url)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            _connect(host, port, socket.AF_UNSPEC, seconds, lookup) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            data = secured.getpeercert(binary_form=True)
    except (_LocalFaultError, _WrongError, TimeoutError, OSError) as problem:
        return str(problem) or "没有答复"
    from cryptography import x509  # noqa: PLC0415  (only where a certificate is read)

    return x509.load_der_x509_certificate(data or b"").not_valid_after_utc.astimezone(UTC)


def _once(url: str, family: int, seconds: float, most: int, lookup: Lookup) -> tuple[int, bytes, str, str]:
    """(status, body, Content-Type, address of a redirect)."""
    host, port, target = _parts(url)
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    opened = _connect(host, port, family, seconds, lookup)
    late = threading.Event()

    def end() -> None:
        late.set()
        with suppress(OSError):
            socket.socket.shutdown(opened, socket.SHUT_RDWR)  # not SSLSocket's, which unwraps what is being read

    watch = threading.Timer(seconds, end)
    watch.start()
    try:
        if url.startswith("https:"):
            connection.default_port = 443
            # the handshake comes after the watch knows the socket: wrapping takes it away from the plain one
            context = ssl.create_default_context()
            secured = context.wrap_socket(opened, server_hostname=host, do_handshake_on_connect=False)
            opened = secured
            secured.do_handshake()
        connection.sock = opened
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity", "Connection": "close"}
        connection.request("GET", target, headers=headers)
        with connection.getresponse() as answer:
            where = answer.headers.get("Location", "") if answer.status in (301, 302, 303, 307, 308) else ""
            body = b"" if where else _body(answer, most)
            return answer.status, body, answer.headers.get("Content-Type", ""), where
    except ssl.SSLCertVerificationError as problem:
        raise _WrongError(f"证书无效：{problem.verify_message}") from None
    except (OSError, http.client.HTTPException, ValueError) as problem:
        if late.is_set() or isinstance(problem, TimeoutError):
            raise TimeoutError from None
        raise _WrongError("加密连接失败" if isinstance(problem, ssl.SSLError) else "连接中断，没有收全") from None
    finally:
        watch.cancel()
        opened.close()


def _connect(host: str, port: int, family: int, seconds: float, lookup: Lookup) -> socket.socket:
    """A connection to the first address that takes one."""
    try:
        found = lookup(host, port, family)
    except socket.gaierror as problem:
        if problem.errno == socket.EAI_AGAIN:
            raise _LocalFaultError("域名服务器没有答复，探测的机器可能没有网络") from None
        raise _WrongError("查不到域名的地址") from None
    except (OSError, UnicodeError):
        raise _WrongError("查不到域名的地址") from None
    until = time.monotonic() + seconds
    last: OSError | None = None
    for address in found:
        try:
            return socket.create_connection((address, port), max(0.01, until - time.monotonic()))
        except OSError as failure:
            last = failure
    if isinstance(last, TimeoutError):
        raise last
    if last is not None and last.errno in _OURS:
        raise _LocalFaultError("探测的机器到不了那个网络")
    raise _WrongError("连不上服务器")


def _body(answer: Any, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := answer.read1(_CHUNK):
        size += len(chunk)
        if size > most:
            raise _WrongError(f"网页超过 {most >> 20} MB")
        parts.append(chunk)
    if answer.length:
        raise ConnectionError
    return b"".join(parts)


def _parts(url: str) -> tuple[str, int, str]:
    """(host, port, path and query)."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _WrongError("转向的网址不完整") from None
    if parts.scheme not in ("http", "https") or not host:
        raise _WrongError("转向的网址不完整")
    target = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    return host, port or (443 if parts.scheme == "https" else 80), target
