"""Baidu's push API and IndexNow on the loopback address, as documented by them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

TOKEN = "abcdefgh12345678"
KEY = "0123456789abcdef"


@dataclass
class Engine:
    """The state of one server: what it allows and what it received.

    trouble: statuses of the next answers before it recovers; failure: status and body of every answer while it is set.
    """

    quota: int = 100_000
    most_bytes: int = 10_000_000
    trouble: list[int] = field(default_factory=list)
    retry_after: str = ""
    lie: int = 0
    failure: tuple[int, dict[str, Any]] | None = None
    received: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def baidu(self, site: str, token: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Answer POST /urls?site=&token= with one address per line."""
        urls = body.decode().split("\n")
        wrong = (
            (token != TOKEN, 401, "token is not valid"),
            (len(body) > self.most_bytes, 413, "content is too long"),
            (not body, 400, "empty content"),
            (len(urls) > 2000, 400, "only 2000 urls are allowed once"),
            (urlsplit(site).netloc != "www.cc.example", 400, "site error"),
        )
        for applies, status, message in wrong:
            if applies:
                return status, {"error": status, "message": message}
        strange = [url for url in urls if not url.startswith(site)]
        invalid = [url for url in urls if url.startswith(site) and " " in url]
        fine = [url for url in urls if url not in strange and url not in invalid]
        if len(fine) > self.quota:
            return 400, {"error": 400, "message": "over quota"}
        self.quota -= len(fine)
        self.received += fine
        answer: dict[str, Any] = {"remain": self.quota, "success": len(fine) - self.lie}
        return 200, answer | ({"not_same_site": strange} if strange else {}) | (
            {"not_valid": invalid} if invalid else {}
        )

    def indexnow(self, told: dict[str, Any]) -> int:
        """Answer POST /indexnow with JSON."""
        if told["key"] != KEY or told["keyLocation"] != f"https://{told['host']}/{KEY}.txt":
            return 403
        if any(urlsplit(url).netloc != told["host"] for url in told["urlList"]):
            return 422
        if len(told["urlList"]) > 10_000:
            return 400
        self.received += told["urlList"]
        return 202 if len(self.requests) == 1 else 200


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        engine = cast(_Server, self.server).engine
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = urlsplit(self.path)
        engine.requests.append({"path": parts.path, "type": self.headers["Content-Type"], "bytes": len(body)})
        if engine.failure:
            self.reply(*engine.failure)
        elif engine.trouble:
            self.reply(engine.trouble.pop(0), {})
        elif parts.path == "/urls":
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            self.reply(*engine.baidu(query.get("site", ""), query.get("token", ""), body))
        else:
            self.reply(engine.indexnow(json.loads(body)), {})

    def reply(self, status: int, data: dict[str, Any]) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        if cast(_Server, self.server).engine.retry_after:
            self.send_header("Retry-After", cast(_Server, self.server).engine.retry_after)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class _Server(ThreadingHTTPServer):
    engine: Engine


@contextmanager
def serving(engine: Engine) -> Iterator[Engine]:
    """The engine behind a real HTTP server on a free port."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.engine = engine
        engine.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield engine
        finally:
            server.shutdown()
            thread.join()
