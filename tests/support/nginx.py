"""A real nginx for a cluster's live sites, with the configuration written by `jiyue serving`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.network import free_port, wait_for

Get = Callable[[str, str], tuple[int, str, bytes]]
"""(host, path) → status, Location, body."""


def program(name: str) -> str:
    """The path of a web server's program; skips the test without one."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def nginx_command(folder: Path) -> list[str]:
    """The command for nginx with folder/sites.conf; nginx writes only to the folder."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log info; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/sites.conf; }}\n"
    )
    return [program("nginx"), "-p", str(folder), "-e", str(folder / "log"), "-c", str(folder / "nginx.conf")]


@contextmanager
def running(command: Sequence[str], folder: Path, port: int) -> Iterator[None]:
    """Run a web server; its output is in folder/log."""
    log = folder / "log"
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "PATH": "/usr/bin"}
    with log.open("ab") as err:
        process = subprocess.Popen(command, stdout=err, stderr=err, env=environment)
    try:
        assert wait_for(port), f"the server did not start:\n{log.read_text()}"
        yield
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def served_by_nginx(root: Path, folder: Path) -> Iterator[Get]:
    """Serve a cluster on the loopback address."""
    folder.mkdir()
    for above in list(root.parents)[:3]:
        above.chmod(0o755)
    port = free_port()
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

    def get(host: str, path: str) -> tuple[int, str, bytes]:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        found = answer.status, answer.getheader("Location", ""), answer.read()
        connection.close()
        return found

    with running(nginx_command(folder), folder, port):
        yield get
