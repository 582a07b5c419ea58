"""A network connection that can be cut: a proxy on the loopback address, and a real sshd behind it."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


def free_port() -> int:
    """A port that nothing listens on.

    None of those that the system hands out (from 32768 on, by Linux's default): between this answer and the start of
    a server the other processes of a run open many connections.
    """
    draw = random.SystemRandom()  # the same seeds in two processes would give the same ports
    while True:
        port = draw.randrange(12_000, 32_000)
        with suppress(OSError), socket.socket() as s:
            s.bind(("127.0.0.1", port))
            return port


def wait_for(port: int) -> bool:
    """Wait until something listens on the port; False after a minute."""
    for _ in range(1200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return True
        time.sleep(0.05)
    return False


class Wire:
    """Forwards to a port. allow: bytes that a connection may send before it is cut, None for no limit."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.allow: int | None = None
        self.cuts = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.server.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.to))
            for one, other, limit in ((near, far, self.allow), (far, near, None)):
                threading.Thread(target=self._pass, args=(one, other, limit), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, limit: int | None) -> None:
        passed = 0
        with suppress(OSError):
            while data := one.recv(4096):
                passed += len(data)
                if limit is not None and passed > limit:
                    self.cuts += 1
                    break
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def wire(to: int) -> Iterator[Wire]:
    """A wire to a port."""
    made = Wire(to)
    try:
        yield made
    finally:
        made.close()


@dataclass(frozen=True)
class Ssh:
    """A running sshd: its port, and the ssh command that reaches it through another port."""

    port: int
    key: Path

    def command(self, port: int) -> list[str]:
        """The ssh command with this server's key and without the user's settings."""
        options = ("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
        return ["ssh", "-F", "none", "-p", str(port), "-i", str(self.key), *(w for o in options for w in ("-o", o))]


@contextmanager
def sshd(folder: Path) -> Iterator[Ssh]:
    """Start sshd on the loopback address; skips the test without sshd or the right to start it."""
    program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin")
    if not program or not shutil.which("ssh-keygen") or os.geteuid() != 0:
        pytest.skip("needs sshd, ssh-keygen and the right to start sshd")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    port = free_port()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
        f"StrictModes no\nPidFile none\nPermitRootLogin yes\nPasswordAuthentication no\nUsePAM no\n"
    )
    server = subprocess.Popen([program, "-D", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)
    try:
        assert wait_for(port)
        yield Ssh(port, folder / "user")
    finally:
        server.terminate()
        server.wait(60)
