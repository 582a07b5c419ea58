"""Tests pages as readers get them: a server on the loopback address, Debian's Chromium, axe-core."""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from jiyue.publish.webserver.policy import Policy, cache_of

if TYPE_CHECKING:  # a test without a browser starts without Playwright
    from playwright.sync_api import Browser, Page

_POLICY = Policy()
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class _Quiet(SimpleHTTPRequestHandler):
    """Serves static files with the site's own 404 page, without logs and directory listings."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def end_headers(self) -> None:
        """With the caching of a real server: pages are asked for anew."""
        self.send_header("Cache-Control", cache_of(self.path.partition("?")[0], _POLICY))
        super().end_headers()

    def list_directory(self, path: Any) -> None:
        self.send_error(404)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory, "404.html")
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors: a browser may close a page early."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder; gives `http://127.0.0.1:PORT`, on a free port, without a slash at the end."""
    with _Server(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("chromium is not installed: run `make test-tools`")
    with TemporaryDirectory(prefix="jiyue-browser-") as home, sync_playwright() as playwright:
        # A separate home, because Chromium writes there outside its profile, too.
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS, env={**os.environ, "HOME": home})
        try:
            yield browser
        finally:
            browser.close()


def axe(page: Page) -> list[dict[str, Any]]:
    """axe-core's violations on an open page: [{id, impact, help, nodes: [{html, target, …}], …}].

    It is injected through the debugging protocol, so it works under a site's real content security policy.
    """
    session = page.context.new_cdp_session(page)
    try:
        session.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
        answer = session.send(
            "Runtime.evaluate",
            {
                "expression": "axe.run(document, {resultTypes: ['violations'], preload: false})",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
    finally:
        session.detach()
    if "exceptionDetails" in answer:
        raise RuntimeError(f"axe-core failed: {answer['exceptionDetails']}")
    return list(answer["result"]["value"]["violations"])
