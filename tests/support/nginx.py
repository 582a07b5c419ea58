"""A real nginx in front of a cluster's live sites, by the configuration that `jiyue serving` writes."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

Get = Callable[[str, str], tuple[int, str, bytes]]
"""(host, path) → status, Location, body."""


@contextmanager
def served_by_nginx(root: Path, folder: Path) -> Iterator[Get]:
    """Start it on the loopback; skips where there is none."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program:
        pytest.skip("nginx is not installed")
    folder.mkdir()
    for above in list(root.parents)[:3]:
        above.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "jiyue",
        "serving",
        "nginx",
        "--root",
        str(root),
        "--to",
        str(folder / "sites.conf"),
    ]
    subprocess.run([*command, "--no-tls", "--address", "127.0.0.1", "--http-port", str(port)], check=True)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log info; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/sites.conf; }}\n"
    )
    process = subprocess.Popen(
        [program, "-p", str(folder), "-e", str(folder / "log"), "-c", str(folder / "nginx.conf")]
    )

    def get(host: str, path: str) -> tuple[int, str, bytes]:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        found = answer.status, answer.getheader("Location", ""), answer.read()
        connection.close()
        return found

    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.05)
        yield get
    finally:
        process.terminate()
        process.wait(10)
