"""A site outside the cluster on the loopback address, with every fault that a client has to bear."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """One answer. pieces: the body in parts; pause: seconds before each. length: the announced one, None for the right one."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0
    length: int | None = None
    piece: int = 1 << 16

    @classmethod
    def of(cls, text: str, kind: str = "text/html; charset=utf-8", encoding: str = "utf-8", **headers: str) -> Reply:
        """A text; headers with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(text.encode(encoding), headers={"Content-Type": kind, **named})

    @property
    def packed(self) -> Reply:
        """The same, compressed."""
        return Reply(gzip.compress(self.body), self.status, {**self.headers, "Content-Encoding": "gzip"})


@dataclass
class Upstream:
    """The running site. replies: path -> answer, or several, of which the last is given again and again, or a function."""

    url: str
    replies: dict[str, Reply | list[Reply] | Callable[[dict[str, str]], Reply]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent: int = 0

    def reply(self, path: str, headers: dict[str, str]) -> Reply:
        """The answer to a request, which is noted."""
        self.asked.append((path, headers))
        found = self.replies.get(path, Reply(b"no", 404))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        elif callable(found):
            found = found(headers)
        etag = found.headers.get("ETag")
        if etag and headers.get("If-None-Match") == etag:
            return Reply(status=304, headers={"ETag": etag})
        return found

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [path for path, _ in self.asked]


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Run the site; it ends with the block, whatever its clients wait for."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = site.reply(self.path, dict(self.headers))
            self.send_response_only(reply.status)
            given = {"Date": self.date_time_string(), **reply.headers}
            given.setdefault("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            for name, value in given.items():
                self.send_header(name, value.encode().decode("latin-1"))
            self.end_headers()
            for at in range(0, len(reply.body), reply.piece):
                if over.wait(reply.pause) if reply.pause else over.is_set():
                    return
                with suppress(OSError):
                    site.sent += self.wfile.write(reply.body[at : at + reply.piece])
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    site = Upstream(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield site
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def stamp(seconds: float = 0) -> str:
    """The HTTP date of so many seconds from now."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + seconds))
