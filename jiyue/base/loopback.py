"""A small web server for a browser on this machine: loopback host names only, limited connections and time, no tracebacks."""

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
"""Accepted Host headers. Any other comes from a foreign page whose domain resolves to this machine (DNS rebinding)."""
CONNECTIONS = 128
"""Concurrent connections; further ones are closed."""
STREAMS = 32
"""How many connections may be event streams."""
HEAD_SECONDS = 15.0
"""Deadline for a whole request head, and for the next request on a connection."""
BODY_SECONDS = 120.0
"""Timeout for the browser to accept the next chunk of a response."""
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
        """on_error: called with the exception of a failed request, unless it is an OSError (the browser disconnected)."""
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.free = threading.BoundedSemaphore(CONNECTIONS)
        self.on_error = on_error
        self.streams = threading.BoundedSemaphore(STREAMS)
        super().__init__((address, port), handler)

    def server_bind(self) -> None:
        """Bind without the base class's look-up of the machine's name, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve in a new thread, or close the connection if CONNECTIONS are open."""
        if not self.free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve in that thread, then free its slot."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report a failed request and go on serving. A disconnected browser is no error."""
        cause = sys.exception() if sys.version_info >= (3, 11) else sys.exc_info()[1]
        if self.on_error and cause is not None and not isinstance(cause, OSError):
            self.on_error(cause)


class LoopbackHandler(BaseHTTPRequestHandler):
    """Handles GET and HEAD; a subclass implements respond()."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each response waits 40 ms for the client to acknowledge its head
    server: LoopbackServer

    def setup(self) -> None:
        """Put one deadline on the whole request head."""
        super().setup()
        self.timed = _Timed(self.connection)
        self.rfile = io.BufferedReader(self.timed)

    def handle_one_request(self) -> None:
        """Restart the deadline for each request."""
        self.timed.until = time.monotonic() + HEAD_SECONDS
        super().handle_one_request()

    def respond(self) -> None:
        """Send a response; implemented by the subclass."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """Refuse foreign Host headers, else respond()."""
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
        """Send a response; one with status 200 honours a Range header."""
        with _opened(body) as (file, size):
            start, end = 0, size
            range_ = _RANGE.fullmatch(self.headers.get("Range", "").strip())
            if status == 200 and range_ and (range_[1] or range_[2]) and "If-Range" not in self.headers:
                start = int(range_[1]) if range_[1] else max(size - int(range_[2]), 0)
                end = min(int(range_[2]) + 1, size) if range_[1] and range_[2] else size
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
                self.close_connection |= start < end  # the file shrank meanwhile

    @contextmanager
    def stream(self) -> Iterator[bool]:
        """Open an event stream. Yields False if STREAMS are open already."""
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
        """No access log: the terminal shows only what the officer asked for."""


class _Timed(io.RawIOBase):
    """Reads a connection until a fixed deadline (`until`, monotonic clock), however slowly bytes arrive."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.until = 0.0

    def readable(self) -> bool:
        """Always true, as io.BufferedReader requires."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read available bytes. Raises TimeoutError after the deadline."""
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
