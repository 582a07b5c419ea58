"""Measures the time from Enter to the results in Chromium, with everything fetched before.

`python chromium.py INDEX_DIR QUERIES`. QUERIES: a file, one query per line. Each is asked twice; the second time counts.
Needs playwright and Debian's Chromium.
"""

from __future__ import annotations

import http.server
import shutil
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from jiyue.render.theme.search_modules import client_files  # noqa: E402
from jiyue.search.node import MODULES  # noqa: E402

ASK = """query => new Promise(done => {
  const list = document.getElementById("results"), box = document.getElementById("q");
  box.value = query;
  const begin = performance.now();
  new MutationObserver((_, watch) => {
    if (list.dataset.state !== "done") return;
    watch.disconnect();
    done(performance.now() - begin);
  }).observe(list, { attributes: true });
  document.getElementById("search").requestSubmit();
})"""


def main() -> None:
    """Print the median and the ninth decile."""
    index, queries = Path(sys.argv[1]), Path(sys.argv[2]).read_text("utf-8").split("\n")
    client = client_files(MODULES)
    page_html = (ROOT / "tests" / "support" / "search_page.html").read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path.startswith("/search/index/"):
                file = index / path.removeprefix("/search/index/")
                data, kind = (file.read_bytes() if file.is_file() else b""), "application/octet-stream"
            elif path.startswith("/theme/search/"):
                data, kind = client.get(path.removeprefix("/theme/search/"), b""), "text/javascript"
            else:
                data, kind = page_html, "text/html"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            """Log nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/search/")
        page.wait_for_selector('ol#results[data-state="done"]', state="attached")
        times = []
        for query in filter(None, queries):
            page.evaluate(ASK, query)
            times.append(page.evaluate(ASK, query))
        browser.close()
    server.shutdown()
    times.sort()
    print(times[len(times) // 2], times[len(times) * 9 // 10])


if __name__ == "__main__":
    main()
