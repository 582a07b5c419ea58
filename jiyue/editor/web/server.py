"""The web server under the editor: uvicorn, one process with threads.

One process, because sign-in addresses, request counts and the queue of large bodies are then in one memory, and because pages wait
for git and the disk rather than for the processor. Forwarded headers are read by the gate, not by uvicorn: it has to
know the real peer to decide whom to believe.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15
"""A request's line and headers have to be here by then; so has the next request on a kept connection."""
CONNECTIONS = 512
"""At a time; more are answered 503."""
GRACE_SECONDS = 15
"""How long a stopping server waits for requests that are running."""


class _Timed(H11Protocol):
    """Cuts a connection whose request head does not come: uvicorn itself waits for ever for the rest of a head."""

    _waits: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:  # a head is complete
            self._stop()
        elif self._waits is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waits = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None


class Server:
    """Serves an application until the process is told to end (SIGINT, SIGTERM), or stop() is called."""

    def __init__(self, app: ASGIApp, host: str = "127.0.0.1", port: int = 0, unix: Path | None = None) -> None:
        """port 0: any free one; unix: the path of a Unix socket instead, for members of its folder's group. Raises OSError."""
        self.sockets = [_unix(unix)] if unix else _tcp(host, port)
        self.port: int = 0 if unix else self.sockets[0].getsockname()[1]
        config = uvicorn.Config(
            app, http=_Timed, ws="none", loop="asyncio", lifespan="on", log_config=None, access_log=False,
            proxy_headers=False, server_header=False, limit_concurrency=CONNECTIONS, timeout_keep_alive=HEAD_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS, h11_max_incomplete_event_size=16_384,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)

    def run(self) -> None:
        """Serve; returns when it has stopped."""
        with suppress(KeyboardInterrupt):
            self._server.run(sockets=self.sockets)

    def stop(self) -> None:
        """Stop, from another thread."""
        self._server.should_exit = True

    def start(self) -> threading.Thread:
        """Run in a thread; returns when requests are answered."""
        thread = threading.Thread(target=self.run, daemon=True)
        thread.start()
        while thread.is_alive() and not self._server.started:
            thread.join(0.01)
        return thread


def _tcp(host: str, port: int) -> list[socket.socket]:
    """The address, and for this machine both of its kinds: browsers may ask ::1 for localhost."""
    first = _bound(host, port)
    with suppress(OSError):
        if host in ("127.0.0.1", "localhost"):
            return [first, _bound("::1", first.getsockname()[1])]
    return [first]


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen()  # from now on a browser that is quicker than the server waits
    except OSError:
        made.close()
        raise
    return made


def _unix(path: Path) -> socket.socket:
    """Whoever may open the folder and is of the file's group may connect."""
    with suppress(FileNotFoundError):
        path.unlink()
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    made.listen()
    os.chmod(path, 0o660)  # noqa: PTH101  (a socket is no file to Path)
    return made


def browser_page(folder: Path, address: str) -> Path:
    """A page only its owner can read, that leads to an address: other users see a browser's arguments, not this."""
    path = folder / "open.html"
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={address}">')
    return path
