"""A small web server for this machine's own browser: known hosts only, bounded in connections and time, no tracebacks."""

from __future__ import annotations

import io
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from jiyue.base.patterns import pattern

HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""The names by which a browser of this machine calls. Any other is a stranger's page that had its name lead here."""
CONNECTIONS = 128
"""How many are served at the same time; more are closed."""
STREAMS = 32
"""How many of them may be event streams."""
HEAD_SECONDS = 15.0
"""For a request's head, however slowly it comes, and for the next request of a connection."""
BODY_SECONDS = 120.0
"""For a browser to take an answer's next piece."""
_PIECE = 1 << 18
_RANGE = pattern(r"bytes=(\d{0,18})-(\d{0,18})")


class LoopbackServer(ThreadingHTTPServer):
    """Listens on one loopback address."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        address: str,
        port: int,
        handler: type[LoopbackHandler],
        on_error: Callable[[BaseException], None] | None = None,
    ) -> None:
        """on_error: called with what a request raised, unless the browser only went away; it may print."""
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.free = threading.BoundedSemaphore(CONNECTIONS)
        self.on_error = on_error
        self.streams = threading.BoundedSemaphore(STREAMS)
        super().__init__((address, port), handler)

    def server_bind(self) -> None:
        """Without asking who this machine is, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for it, if there is one left."""
        if not self.free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """In that thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what a request raised; the next request is served all the same. A browser that went away is no error."""
        cause = sys.exception() if sys.version_info >= (3, 11) else sys.exc_info()[1]
        if self.on_error and cause is not None and not isinstance(cause, OSError):
            self.on_error(cause)


class LoopbackHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; a subclass says what."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the reader to acknowledge its head
    server: LoopbackServer

    def setup(self) -> None:
        """Read with a deadline for the whole of a request's head."""
        super().setup()
        self.timed = _Timed(self.connection)
        self.rfile = io.BufferedReader(self.timed)

    def handle_one_request(self) -> None:
        """The next request."""
        self.timed.until = time.monotonic() + HEAD_SECONDS
        super().handle_one_request()

    def respond(self) -> None:
        """Send an answer; given by the subclass."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """To a browser of this machine."""
        self.connection.settimeout(BODY_SECONDS)
        host = self.headers["Host"]
        try:
            name = urlsplit(f"//{host}").hostname if host is not None else "localhost"
        except ValueError:
            name = ""
        if name not in HOSTS:
            self.close_connection = True
            self.send(403, "text/plain; charset=utf-8", "预览只供本机使用，请用 http://localhost 打开。\n".encode())
            return
        self.respond()

    do_HEAD = do_GET

    def send(self, status: int, kind: str, body: bytes | Path, location: str = "") -> None:
        """A whole answer, or of one with status 200 the part that was asked for."""
        with _opened(body) as (file, size):
            start, end = 0, size
            asked = _RANGE.fullmatch(self.headers.get("Range", "").strip())
            if status == 200 and asked and (asked[1] or asked[2]) and "If-Range" not in self.headers:
                start = int(asked[1]) if asked[1] else max(size - int(asked[2]), 0)
                end = min(int(asked[2]) + 1, size) if asked[1] and asked[2] else size
                status = 206 if start < end else 416
            self.send_response(status)
            for name, value in (("Location", location), ("Content-Type", kind)):
                if value:
                    self.send_header(name, value)
            if status == 206:
                self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
            elif status == 416:
                self.send_header("Content-Range", f"bytes */{size}")
                start = end = 0
            self.send_header("Content-Length", str(end - start))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            if self.command != "HEAD":
                file.seek(start)
                while start < end and (piece := file.read(min(_PIECE, end - start))):
                    self.wfile.write(piece)
                    start += len(piece)
                self.close_connection |= start < end  # the file has become shorter

    @contextmanager
    def stream(self) -> Iterator[bool]:
        """An event stream for as long as it is open; False where there are too many."""
        self.close_connection = True
        if not self.server.streams.acquire(blocking=False):
            yield False
            return
        try:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            with suppress(OSError):
                yield True
        finally:
            self.server.streams.release()

    def log_message(self, *_args: Any) -> None:
        """The terminal is for what the officer asked for."""


class _Timed(io.RawIOBase):
    """A connection that is read until a moment (`until`, of the monotonic clock), however little comes at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.until = 0.0

    def readable(self) -> bool:
        """As a file is asked."""
        return True

    def readinto(self, buffer: Any) -> int:
        """What has come; TimeoutError after the moment."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connection.settimeout(left)
        return self.connection.recv_into(buffer)


@contextmanager
def _opened(body: bytes | Path) -> Iterator[tuple[BinaryIO, int]]:
    if isinstance(body, bytes):
        yield io.BytesIO(body), len(body)
        return
    with body.open("rb") as file:
        yield file, file.seek(0, io.SEEK_END)
