"""The editor's pages asked without a server."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyotp
from starlette.applications import Starlette

from jiyue.editor.web.app import create_app
from jiyue.editor.web.server import Server
from jiyue.editor.web.settings import Settings
from tests.support.network import free_port

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have httpx2
    from starlette.testclient import TestClient

PASSWORD = "Chuntian-Li-2026"
HOST = "bianji.jl.example"
ORIGIN = f"https://{HOST}"


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


def settings(root: Path, clock: Clock | None = None, **more: Any) -> Settings:
    """Local accounts behind a proxy on the loopback address."""
    given: dict[str, Any] = {"way": "password", "hosts": frozenset({HOST}), "origins": frozenset({ORIGIN}), **more}
    return Settings(root, now=clock or Clock(), **given)


class Visitor(TestClient):
    """A browser without scripts: cookies, and the form token of the last page that had one."""

    def __init__(self, app: Starlette, peer: str = "127.0.0.1", origin: str = ORIGIN) -> None:
        super().__init__(
            app, base_url=origin, follow_redirects=False, client=(peer, 50000), raise_server_exceptions=True
        )
        self.token = ""

    def open(self, path: str, **more: Any) -> Any:
        """GET a page and remember its form token."""
        answer = self.get(path, **more)
        found = re.search(r'name="_csrf" value="([^"]*)"', answer.text)
        self.token = found[1] if found else self.token
        return answer

    def submit(
        self, path: str, data: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Any:
        """POST a form as a page of the editor does."""
        fields = {"_csrf": self.token, **(data or {})}
        same = {"origin": str(self.base_url).rstrip("/"), "sec-fetch-site": "same-origin", **(headers or {})}
        return self.post(path, data=fields, headers=same, **more)

    def sign_in(self, account: str, password: str = PASSWORD, code: str = "", to: str = "/") -> Any:
        """Fill in the sign-in page."""
        self.open("/signin")
        return self.submit("/signin", {"account": account, "password": password, "code": code, "to": to})


def with_factor(app: Starlette, account: str) -> pyotp.TOTP:
    """Make a local account with a second factor that is set up; gives its code generator."""
    app.state.accounts.set_password(account, PASSWORD)
    generator = pyotp.TOTP(app.state.accounts.new_factor(account))
    assert app.state.accounts.confirm(account, generator.at(app.state.settings.now() - 60)) == []
    app.state.accounts.confirm(account, generator.at(app.state.settings.now() - 30))
    return generator


def signed_in(app: Starlette, account: str) -> Visitor:
    """A visitor with a session of an account."""
    visitor = Visitor(app)
    cookie = app.state.sessions.begin(account, app.state.settings.way, "127.0.0.1")
    visitor.cookies.set(app.state.settings.cookie, cookie, domain=HOST)
    visitor.open("/account")
    return visitor


@contextmanager
def editor_server(room: Path, desk: Any, **more: Any) -> Iterator[tuple[Starlette, str]]:
    """The editor on a real port, without TLS, for a browser on this machine: the application and its address."""
    port = free_port()
    origin = f"http://localhost:{port}"
    made = settings(room, hosts=frozenset({"localhost"}), origins=frozenset({origin}), **more)
    app = create_app(made, desk)
    server = Server(app, port=port)
    thread = server.start()
    try:
        yield app, origin
    finally:
        server.stop()
        thread.join()
        app.state.sessions.state.close()


def cookie_of(app: Starlette, account: str) -> dict[str, str]:
    """A browser's cookie of a new session."""
    made = app.state.settings
    cookie = app.state.sessions.begin(account, made.way, "127.0.0.1")
    return {"name": made.cookie, "value": cookie, "url": min(made.origins)}
