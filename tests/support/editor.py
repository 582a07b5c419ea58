"""A small repository with people of all posts, and an editor over it that is asked without a server."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyotp
from starlette.applications import Starlette

from jiyue.editor.web.app import create_app
from jiyue.editor.web.settings import Settings
from tests.support.repo import Repo

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have httpx2
    from starlette.testclient import TestClient

SITE = "name: {name}\nkind: {kind}\nurl: https://www.{id}.example\n"
FILES = {
    "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\n",
    "sites/jilin.yaml": SITE.format(name="吉林省人民政府", kind="province", id="jl"),
    "sites/changchun.yaml": SITE.format(name="长春市人民政府", kind="prefecture", id="cc") + "superior: jilin\n",
    "sites/rights.yaml": """accounts:
  guanli@jl.example: {role: admin}
  bianji@jl.example: {sites: [jilin]}
  bianji@cc.example: {sites: [changchun], aliases: [cc-bianji]}
  chushen@cc.example: {sites: [changchun]}
  fushen@cc.example: {sites: [changchun]}
  zhongshen@cc.example: {sites: [changchun]}
""",
    "content/changchun/tzgg/20261120-notice.md": "---\ntitle: 关于举办培训的通知\ndate: 2026-11-20 09:30\n---\n正文第一段。\n",
}
PASSWORD = "Chuntian-Li-2026"
HOST = "bianji.jl.example"
ORIGIN = f"https://{HOST}"


def repository(folder: Path, files: Mapping[str, str] = FILES) -> Repo:
    """A committed cluster."""
    repo = Repo(folder)
    for path, text in files.items():
        repo.write(path, text)
    repo.commit("guanli@jl.example", message="begin")
    return repo


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


__all__ = [
    "FILES",
    "HOST",
    "ORIGIN",
    "PASSWORD",
    "Clock",
    "Visitor",
    "create_app",
    "repository",
    "settings",
    "signed_in",
    "with_factor",
]
