"""Attacks on the gateway over HTTP, one by one. Each is a function of ATTACKS that fails if its attack comes through."""

from __future__ import annotations

import io
import re
import socket
import sqlite3
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jiyue.editor.accounts import local
from jiyue.editor.accounts.log import UNNAMED_A_MINUTE, as_csv
from jiyue.editor.accounts.sessions import IDLE, LONGEST
from jiyue.editor.accounts.waiting import FREE_BY_ACCOUNT, FREE_BY_ADDRESS
from jiyue.editor.accounts.waiting import LONGEST as LONGEST_WAIT
from jiyue.editor.web import pages, security
from jiyue.editor.web.app import create_app
from jiyue.editor.web.pages import content, inside
from jiyue.editor.web.security import BODY
from jiyue.editor.web.server import Server
from jiyue.editor.web.settings import on_this_machine
from tests.support.editor import (
    HOST,
    ORIGIN,
    PASSWORD,
    Clock,
    Visitor,
    settings,
    signed_in,
    with_factor,
)
from tests.support.newsroom import PATH, PEOPLE, WHEN, Newsroom, article, submitted

WRITER, OTHER_SITE = "writer@x.example", "other@x.example"
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@dataclass
class World:
    """An editor with local accounts over a small repository, where WRITER has begun a draft."""

    repo: Newsroom
    clock: Clock
    app: Starlette
    draft: str = ""
    others: list[Starlette] = field(default_factory=list)

    def visitor(self) -> Visitor:
        """Somebody who is not signed in."""
        return Visitor(self.app)

    def signed_in(self, account: str = WRITER) -> Visitor:
        """Somebody who is."""
        return signed_in(self.app, account)

    def head(self) -> str:
        """The last commit of the draft."""
        return str(self.app.state.desk.draft(PEOPLE["writer"], self.draft).head)

    def refs(self) -> str:
        """All that could have been changed in git."""
        return self.repo.git("for-each-ref")

    def other(self, **more: Any) -> Starlette:
        """Another editor over the same repository, with a state of its own."""
        state = self.repo.path / f"other-{time.monotonic_ns()}.db"
        return self.opened(create_app(settings(self.repo.path, self.clock, state=state, **more), self.app.state.desk))

    def opened(self, app: Starlette) -> Starlette:
        """An editor that is closed in the end."""
        self.others.append(app)
        return app


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:  # the slow digest of passwords is not what is tried here
        patch.setattr(local, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1))
        yield from _world(tmp_path_factory)


def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    clock, room = Clock(), Newsroom(tmp_path_factory.mktemp("attacks"))
    rights = room.git("show", "HEAD:sites/rights.yaml").replace(
        "writer@x.example: {", "writer@x.example: {aliases: [cc-writer], "
    )
    room.write("sites/rights.yaml", f"{rights}\n")
    room.commit("admin@x.example", when=WHEN)
    made = World(room, clock, create_app(settings(room.path, clock), room.desk()))
    made.app.router.routes += [Route("/broken", _broken), Route("/upload/{name}", _uploaded)]
    with_factor(made.app, WRITER)
    made.draft = made.app.state.desk.begin(PEOPLE["writer"], PATH, article()).id
    yield made
    made.app.state.desk.close()
    for app in (made.app, *made.others):
        app.state.sessions.state.close()


def _broken(request: Request) -> Response:
    raise RuntimeError("secret of the program")


def _uploaded(request: Request) -> Response:
    """What an upload's page does with what it has."""
    kinds = {
        "svg": "image/svg+xml",
        "html": "text/html",
        "png": "image/png",
        "js": "text/javascript",
        "pdf": "application/pdf",
    }
    name = request.path_params["name"]
    return content(b"<script>alert(1)</script>", kinds[name.rpartition(".")[2]], name)


Attack = Callable[[World], None]
ATTACKS: dict[str, Attack] = {}


def attack(name: str) -> Callable[[Attack], Attack]:
    """Add an attack to the table."""

    def add(function: Attack) -> Attack:
        assert name not in ATTACKS
        ATTACKS[name] = function
        return function

    return add


# -- requests that another site makes a browser send --


def _refused_post(world: World, headers: dict[str, str], token: str | None = None, status: int = 403) -> None:
    visitor = world.signed_in()
    before, form = world.refs(), {"head": world.head()}
    answer = visitor.post(
        f"/draft/{world.draft}/submit",
        data=form | ({"_csrf": visitor.token if token is None else token} if token != "-" else {}),
        headers=headers,
    )
    assert answer.status_code == status
    assert world.refs() == before


OWN = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}

for _name, _headers, _token in [
    ("form token left out", OWN, "-"),
    ("form token made up", OWN, "0" * 64),
    ("form token empty", OWN, ""),
    ("foreign Origin", {"origin": "https://evil.example"}, None),
    ("Origin of the same name without TLS", {"origin": f"http://{HOST}"}, None),
    ("Origin of another port", {"origin": f"{ORIGIN}:8443"}, None),
    ("Origin that begins like ours", {"origin": f"{ORIGIN}.evil.example"}, None),
    ("Origin null, of a sandboxed frame", {"origin": "null"}, None),
    ("no Origin, no Sec-Fetch-Site, no Referer", {}, None),
    ("Referer that begins like ours", {"referer": f"{ORIGIN}.evil.example/"}, None),
    ("Sec-Fetch-Site cross-site", {"origin": ORIGIN, "sec-fetch-site": "cross-site"}, None),
    ("Sec-Fetch-Site same-site, of a neighbour's host", {"origin": ORIGIN, "sec-fetch-site": "same-site"}, None),
    ("Sec-Fetch-Site none", {"origin": ORIGIN, "sec-fetch-site": "none"}, None),
]:
    ATTACKS[_name] = lambda world, headers=_headers, token=_token: _refused_post(world, headers, token)  # type: ignore[misc]


@attack("form token of another session")
def _(world: World) -> None:
    _refused_post(world, OWN, world.signed_in(OTHER_SITE).token)


@attack("form token in the query")
def _(world: World) -> None:
    visitor = world.signed_in()
    assert (
        visitor.post(f"/draft/{world.draft}/submit?_csrf={visitor.token}", data={"a": "b"}, headers=OWN).status_code
        == 403
    )


@attack("signing somebody in as the attacker")
def _(world: World) -> None:
    attacker, victim = world.visitor(), world.visitor()
    attacker.open("/signin")
    victim.open("/signin")
    victim.token = attacker.token
    assert victim.submit("/signin", {"account": WRITER, "password": PASSWORD}).status_code == 403


@attack("GET that changes")
def _(world: World) -> None:
    visitor, before = world.signed_in(), world.refs()
    for action in ("submit", "approve", "return", "comment", "discard", "merge"):
        assert visitor.get(f"/draft/{world.draft}/{action}?head={world.head()}&sure=yes").status_code == 405
    assert visitor.get("/signout").status_code == 405
    assert visitor.get("/account").status_code == 200
    assert world.refs() == before


@attack("other methods, and methods by the back door")
def _(world: World) -> None:
    visitor, before = world.signed_in(), world.refs()
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"):
        assert visitor.request(method, f"/draft/{world.draft}/discard", headers=OWN).status_code == 405
    for name in ("x-http-method-override", "x-method-override", "x-http-method"):
        assert visitor.get(f"/draft/{world.draft}/discard?_method=POST", headers={name: "POST"}).status_code == 405
    assert world.refs() == before


@attack("picture or script of ours embedded in another site")
def _(world: World) -> None:
    foreign = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert world.signed_in().get("/account", headers=foreign).status_code == 403


@attack("reading answers from another site")
def _(world: World) -> None:
    answer = world.signed_in().get("/account", headers={"origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


@attack("clickjacking")
def _(world: World) -> None:
    visitor = world.signed_in()
    for path in ("/account", "/nothing", "/static/editor.css", f"/draft/{world.draft}/compare"):
        answer = visitor.get(path)
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"


# -- sessions --


def _answers(world: World, cookie: str, app: Starlette | None = None) -> int:
    visitor = Visitor(app or world.app)
    visitor.cookies.set((app or world.app).state.settings.cookie, cookie, domain=HOST)
    return int(visitor.get("/account").status_code)


@attack("session fixation")
def _(world: World) -> None:
    app = world.other()
    generator, visitor = with_factor(app, WRITER), Visitor(app)
    planted = "a" * 43
    visitor.cookies.set("__Host-jiyue", planted, domain=HOST)
    assert visitor.sign_in(WRITER, code=generator.at(world.clock.now + 30)).status_code == 303
    cookie = visitor.cookies.get("__Host-jiyue", domain=HOST, path="/") or ""
    given = [c.value for c in visitor.cookies.jar if c.name == "__Host-jiyue" and c.value != planted]
    assert given and planted not in given and cookie is not None
    assert _answers(world, planted, app) == 303


@attack("session left open")
def _(world: World) -> None:
    cookie = world.app.state.sessions.begin(WRITER, "password", "")
    assert _answers(world, cookie) == 200
    world.clock.now += IDLE + 1
    assert _answers(world, cookie) == 303


@attack("session used without end")
def _(world: World) -> None:
    cookie = world.app.state.sessions.begin(WRITER, "password", "")
    for _ in range(LONGEST // 3600):
        world.clock.now += 3600 - 5
        assert _answers(world, cookie) == 200
    world.clock.now += 3600
    assert _answers(world, cookie) == 303


@attack("cookie used after signing out")
def _(world: World) -> None:
    visitor = world.signed_in()
    [cookie] = [c.value for c in visitor.cookies.jar if c.name == "__Host-jiyue"]
    assert _answers(world, cookie or "") == 200
    answer = visitor.submit("/signout")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert _answers(world, cookie or "") == 303


@attack("stolen cookie after signing out everywhere, and after a new password")
def _(world: World) -> None:
    stolen = world.app.state.sessions.begin(WRITER, "password", "")
    world.signed_in().submit("/signout", {"everywhere": "1"})
    assert _answers(world, stolen) == 303
    stolen = world.app.state.sessions.begin(WRITER, "password", "")
    changed = world.signed_in().submit(
        "/account/password", {"password": PASSWORD, "new": "Qiutian-Shi-2026", "again": "Qiutian-Shi-2026"}
    )
    assert changed.headers["location"] == "/signin"
    assert _answers(world, stolen) == 303


@attack("cookie made of what the state file holds")
def _(world: World) -> None:
    cookie = world.app.state.sessions.begin(WRITER, "password", "")
    [session] = [s for s in world.app.state.sessions.of(WRITER) if s == world.app.state.sessions.find(cookie)]
    assert _answers(world, session.id) == 303
    assert cookie.encode() not in (world.repo.path / ".jiyue/editor/state.db").read_bytes()


@attack("SQL, NULs and overlong words as cookies")
def _(world: World) -> None:
    for cookie in ("' OR 1=1 --", "%00", "x" * 7000, '"', "../../etc/passwd"):
        assert _answers(world, cookie) == 303


@attack("cookie of a removed account")
def _(world: World) -> None:
    cookie = world.app.state.sessions.begin("twice@x.example", "password", "")
    assert _answers(world, cookie) == 200
    text = world.repo.git("show", "HEAD:sites/rights.yaml")
    world.repo.write("sites/rights.yaml", re.sub(r".*twice.*\n", "", text) + "\n")
    world.repo.commit("admin@x.example")
    assert _answers(world, cookie) == 303
    world.repo.write("sites/rights.yaml", text + "\n")
    world.repo.commit("admin@x.example")
    assert _answers(world, cookie) == 303  # it does not come back with the account
    cookie = world.app.state.sessions.begin("twice@x.example", "password", "")
    world.repo.write("sites/rights.yaml", "accounts: [\n")
    world.repo.commit("admin@x.example")
    assert _answers(world, cookie) == 303  # nobody, while they can't be read
    world.repo.write("sites/rights.yaml", text + "\n")
    world.repo.commit("admin@x.example")
    assert _answers(world, cookie) == 200


@attack("session of another way of signing in")
def _(world: World) -> None:
    assert _answers(world, world.app.state.sessions.begin(WRITER, "proxy", "")) == 303


@attack("pages out of a shared cache or the back button")
def _(world: World) -> None:
    visitor = world.signed_in()
    for path in ("/account", f"/draft/{world.draft}/compare", "/nothing"):
        assert visitor.get(path).headers["cache-control"] == "no-store"


# -- signing in --


@attack("guessing an account's password")
def _(world: World) -> None:
    app = world.other()
    generator, visitor = with_factor(app, WRITER), Visitor(app)
    for _ in range(FREE_BY_ACCOUNT):
        assert visitor.sign_in(WRITER, "Wrong-Password-1").status_code == 401
    right = visitor.sign_in(WRITER, code=generator.at(world.clock.now + 30))
    assert right.status_code == 429 and int(right.headers["retry-after"]) == 30
    waits = []
    for _ in range(7):
        world.clock.now += int(visitor.sign_in(WRITER, "x").headers["retry-after"])
        assert visitor.sign_in(WRITER, "Wrong-Password-1").status_code == 401
        waits.append(int(visitor.sign_in(WRITER, "x").headers["retry-after"]))
    assert waits == [60, 120, 240, 480, 900, 900, 900] and max(waits) == LONGEST_WAIT


@attack("guessing many accounts' passwords from one address")
def _(world: World) -> None:
    app = world.other()
    app.state.accounts.password_fits = lambda name, password: False  # its time is not what is tried here
    visitor = Visitor(app)
    for number in range(FREE_BY_ADDRESS):
        assert visitor.sign_in(f"someone-{number}@cc.example", "x").status_code == 401
    assert visitor.sign_in(WRITER).status_code == 429


@attack("guessing from a new X-Forwarded-For each time")
def _(world: World) -> None:
    app = world.other()
    app.state.accounts.password_fits = lambda name, password: False
    visitor = Visitor(app)
    for number in range(FREE_BY_ADDRESS):
        visitor.headers["x-forwarded-for"] = f"10.1.{number}.1, 203.0.113.7"  # nginx puts the real one last
        assert visitor.sign_in(f"someone-{number}@cc.example", "x").status_code == 401
    visitor.headers["x-forwarded-for"] = "10.9.9.9, 203.0.113.7"
    assert visitor.sign_in("one-more@cc.example", "x").status_code == 429


@attack("guessing at once what may not be guessed one after another")
def _(world: World) -> None:
    waiting = world.other().state.waiting
    assert [waiting.begin(WRITER, "1") for _ in range(FREE_BY_ACCOUNT)] == [0] * FREE_BY_ACCOUNT
    assert waiting.begin(WRITER, "2") == 30  # counted when it begins, not when it has failed


@attack("telling accounts that exist from those that don't")
def _(world: World) -> None:
    app = world.other()
    with_factor(app, WRITER)
    hashed = []
    real = app.state.accounts._hasher.verify
    app.state.accounts._hasher = type(
        "H",
        (),
        {
            "verify": lambda _, *a: hashed.append(a[0][:9]) or real(*a),
            "hash": lambda _, p: PasswordHasher(1, 8, 1).hash(p),
        },
    )()
    said = {}
    for account in (WRITER, OTHER_SITE, "nobody@cc.example"):
        answer = Visitor(app).sign_in(account, "Wrong-Password-1")
        said[account] = answer.status_code, re.sub(r"[0-9a-f]{64}", "", answer.text.replace(account, ""))
    assert len(set(said.values())) == 1
    assert hashed == ["$argon2id"] * 3  # the slow digest is made for all


@attack("password without the second factor")
def _(world: World) -> None:
    app = world.other()
    with_factor(app, WRITER)
    for code in ("", "000000", "      ", "٣٣٣٣٣٣", "1e5", "-00001"):
        assert Visitor(app).sign_in(WRITER, code=code).status_code in (401, 429)


@attack("code of the second factor seen over a shoulder")
def _(world: World) -> None:
    app = world.other()
    generator = with_factor(app, WRITER)
    code = generator.at(world.clock.now)
    assert Visitor(app).sign_in(WRITER, code=code).status_code == 303
    assert Visitor(app).sign_in(WRITER, code=code).status_code == 401
    assert Visitor(app).sign_in(WRITER, code=generator.at(world.clock.now - 30)).status_code == 401
    assert Visitor(app).sign_in(WRITER, code=generator.at(world.clock.now + 30)).status_code == 303


@attack("recovery code used twice")
def _(world: World) -> None:
    app = world.other()
    app.state.accounts.set_password(WRITER, PASSWORD)
    key = app.state.accounts.new_factor(WRITER)
    code, *_rest = app.state.accounts.confirm(WRITER, pyotp.TOTP(key).at(world.clock.now))
    assert Visitor(app).sign_in(WRITER, code=code).status_code == 303
    assert Visitor(app).sign_in(WRITER, code=code).status_code == 401


@attack("session without a second factor at the pages")
def _(world: World) -> None:
    app = world.other()
    app.state.accounts.set_password(WRITER, PASSWORD)
    visitor = Visitor(app)
    assert visitor.sign_in(WRITER, to="/account").headers["location"] == "/account/factor"
    for path in ("/account", "/", f"/draft/{world.draft}/review", f"/history/{PATH}"):
        assert visitor.get(path).headers["location"] == "/account/factor"
    visitor.open("/account/factor")
    assert visitor.submit(f"/draft/{world.draft}/discard", {"sure": "yes"}).status_code == 401


@attack("SQL and look-alikes as account names")
def _(world: World) -> None:
    app = world.other()
    app.state.accounts.set_password(WRITER, PASSWORD)
    full = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in WRITER)
    for account in (
        f"{WRITER}' --",
        "' OR '1'='1",
        f"{WRITER}\u200b",
        WRITER.upper(),
        full,
        "cc-bianji",
        "wrıter@x.example",
    ):
        assert Visitor(app).sign_in(account).status_code == 401


@attack("account of the state file that the rights don't name")
def _(world: World) -> None:
    app = world.other()
    app.state.accounts.set_password("gone@cc.example", PASSWORD)
    assert Visitor(app).sign_in("gone@cc.example").status_code == 401


@attack("password of a megabyte")
def _(world: World) -> None:
    visitor = world.visitor()
    assert visitor.sign_in(WRITER, "x" * 1_000_000).status_code == 413


@attack("open redirect after signing in")
def _(world: World) -> None:
    for to in (
        "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example",
        "/a\r\nset-cookie: x=1", "////evil.example", "http:evil.example", "/" + "x" * 600, "",
    ):  # fmt: skip
        assert inside(to) == "/"
    app = world.other()
    visitor, generator = Visitor(app), with_factor(app, WRITER)
    answer = visitor.sign_in(WRITER, code=generator.at(world.clock.now), to="//evil.example")
    assert answer.headers["location"] == "/"


@attack("header of the proxy from somebody else")
def _(world: World) -> None:
    app = world.other(way="proxy", header="X-Remote-User", peers=(ip_network("10.0.0.8/32"),))
    for peer, status in (
        ("10.0.0.8", 200),
        ("10.0.0.9", 403),
        ("127.0.0.1", 403),
        ("::1", 403),
        ("::ffff:10.0.0.9", 403),
    ):
        answer = Visitor(app, peer).get("/account", headers={"x-remote-user": WRITER, "x-forwarded-for": "10.0.0.8"})
        assert answer.status_code == status, peer
    assert Visitor(app, "::ffff:10.0.0.8").get("/account", headers={"x-remote-user": WRITER}).status_code == 200


@attack("header of a proxy where there is none")
def _(world: World) -> None:
    for name in ("x-remote-user", "remote-user", "x-forwarded-user", "authorization"):
        assert world.visitor().get("/account", headers={name: WRITER}).status_code == 303


@attack("header of the proxy twice, or in another spelling")
def _(world: World) -> None:
    app = world.other(way="proxy", header="X-Remote-User")
    twice = [("x-remote-user", OTHER_SITE), ("X-Remote-User", WRITER)]
    assert Visitor(app).get("/account", headers=twice).status_code == 400
    assert Visitor(app).get("/account", headers={"x_remote_user": WRITER}).status_code == 401


@attack("header of the proxy with look-alikes and lists")
def _(world: World) -> None:
    app = world.other(way="proxy", header="X-Remote-User")
    for name in (
        "wrıter@x.example",
        "ſecond@x.example",  # its ſ folds to s
        "writer@x.example\u200b",
        f"{WRITER},{OTHER_SITE}",
        f"{WRITER} {OTHER_SITE}",
        "",
        " ",
    ):
        answer = Visitor(app).get("/account", headers={"x-remote-user": name.encode()})
        assert answer.status_code == 401, name
    assert (
        Visitor(app).get("/account", headers={"x-remote-user": "CC-Writer"}).status_code == 200
    )  # an alias, as registered


@attack("session kept after the proxy signed somebody else in")
def _(world: World) -> None:
    app = world.other(way="proxy", header="X-Remote-User")
    visitor = Visitor(app)
    visitor.open("/account", headers={"x-remote-user": WRITER})
    assert OTHER_SITE in visitor.open("/account", headers={"x-remote-user": OTHER_SITE}).text
    assert visitor.get("/account").status_code == 401


@attack("one-time address used twice, guessed, or fetched ahead")
def _(world: World) -> None:
    app = world.opened(create_app(on_this_machine(world.repo.path, 8030, WRITER), world.app.state.desk))
    visitor = Visitor(app, origin="http://localhost:8030")
    ticket = app.state.tickets.new()
    visitor.head(f"/signin?ticket={ticket}")
    assert visitor.get("/signin?ticket=" + "x" * 43).status_code == 403
    assert visitor.get(f"/signin?ticket={ticket}").status_code == 303
    assert visitor.get("/account").status_code == 200
    assert Visitor(app, origin="http://localhost:8030").get(f"/signin?ticket={ticket}").status_code == 403


@attack("DNS rebinding against the editor of one machine")
def _(world: World) -> None:
    app = world.opened(create_app(on_this_machine(world.repo.path, 8030, WRITER), world.app.state.desk))
    ticket = app.state.tickets.new()
    assert Visitor(app, origin="http://evil.example:8030").get(f"/signin?ticket={ticket}").status_code == 421
    assert (
        Visitor(app, peer="192.0.2.1", origin="http://localhost:8030").get(f"/signin?ticket={ticket}").status_code
        == 403
    )


# -- addresses, headers, bodies --


@attack("path traversal, encoded and not")
def _(world: World) -> None:
    visitor = world.signed_in()
    for path in (
        "/static/../state.db", "/static/..%2f..%2fmodel.py", "/static/%2e%2e/model.py", "/static/..%5cmodel.py", "/static//etc/passwd",
        "/draft/..%2f..%2fetc/review", "/draft/%2e%2e/review", "/history/content/../sites/rights.yaml", "/history//etc/passwd",
        "/history/content/cc/..%2f..%2fsites/rights.yaml", "/withdraw/content/cc/tzgg/%2e%2e/x.md",
        "/history/sites/rights.yaml", "/history/.git/config", "/history/content%5ccc%5ctzgg%5cx.md",
    ):  # fmt: skip
        answer = visitor.get(path)
        assert answer.status_code in (403, 404), path
        assert "accounts:" not in answer.text


@attack("draft ids that are none")
def _(world: World) -> None:
    visitor = world.signed_in()
    for name in (
        "main",
        "HEAD",
        "0" * 12,
        "0" * 40,
        world.draft.upper() + "0",
        "refs",
        "--help",
        "x;id",
        "*",
        "{}",
        "%0a",
        "%00",
    ):
        assert visitor.get(f"/draft/{name}/review").status_code == 404, name


@attack("NULs, look-alikes and reversed writing in addresses")
def _(world: World) -> None:
    visitor = world.signed_in()
    for path in (
        "/history/a%00b",
        "/history/a%e2%80%aeb",
        "/history/a%e2%80%8bb",
        "/history/a%ff",
        "/account%0d%0aset-cookie:x=1",
    ):
        assert visitor.get(path).status_code == 404
        assert world.visitor().get(path).status_code == 404  # before anybody asks who it is


@attack("overlong addresses and headers")
def _(world: World) -> None:
    visitor = world.signed_in()
    assert visitor.get("/history/" + "x" * 3000).status_code == 414
    assert visitor.get("/account?" + "x" * 3000).status_code == 414
    assert visitor.get("/account", headers={"x-long": "x" * 20_000}).status_code == 431
    assert visitor.get("/account", headers={f"x-{n}": "1" for n in range(100)}).status_code == 431


@attack("foreign and doubled Host")
def _(world: World) -> None:
    for host in (
        "evil.example",
        f"{HOST}.evil.example",
        f"evil.example@{HOST}",
        f"{HOST}:80:80",
        f"{HOST}@evil.example",
        "",
        "localhost",
    ):
        answer = world.signed_in().get("/account", headers={"host": host})
        assert answer.status_code == 421, host
        assert "evil" not in answer.text
    assert world.signed_in().get("/account", headers=[("host", HOST), ("host", "evil.example")]).status_code == 400
    assert world.signed_in().get("/account", headers={"x-forwarded-host": "evil.example"}).status_code == 200


@attack("bodies that are too large, with a length, without one, and with a false one")
def _(world: World) -> None:
    visitor, path = world.signed_in(), "/signout"
    head = {**OWN, "content-type": "application/x-www-form-urlencoded"}
    assert visitor.post(path, content=b"a=" + b"x" * BODY, headers=head).status_code == 413
    pieces = (b"x" * 100_000 for _ in range(20))
    assert visitor.post(path, content=pieces, headers=head).status_code == 413
    assert visitor.post(path, content=b"a", headers={**head, "content-length": "-1"}).status_code == 400
    assert visitor.post(path, content=b"a", headers={**head, "content-length": "1e3"}).status_code == 400
    assert visitor.get("/account").status_code == 200


@attack("forms with too many fields, files, and overlong names")
def _(world: World) -> None:
    visitor = world.signed_in()
    assert visitor.submit("/signout", {f"f{n}": "" for n in range(2100)}).status_code == 400
    many = [(f"f{n}", (None, "x")) for n in range(2100)]
    assert visitor.post("/signout", files=many, headers=OWN).status_code == 400
    files = [("f", (f"{n}.txt", b"x")) for n in range(25)]
    assert visitor.post("/signout", files=files, headers=OWN).status_code == 400
    assert visitor.submit("/signout", {"x" * 300: "1"}).status_code == 400
    assert visitor.post("/signout", files=[("f", ("n" * 600, b"x"))], headers=OWN).status_code == 400


@attack("NULs and bytes that are no text in fields")
def _(world: World) -> None:
    visitor = world.signed_in()
    assert visitor.submit("/signout", {"a": "x\0y"}).status_code == 400
    head = {**OWN, "content-type": "application/x-www-form-urlencoded"}
    for body in (b"a=%ff%fe", b"a=\xff", b"%c0%ae=1", b"a=%00"):
        assert visitor.post("/signout", content=body, headers=head).status_code == 400


@attack("other kinds of content than a form")
def _(world: World) -> None:
    visitor = world.signed_in()
    for kind, status in (
        ("application/json", 415), ("text/plain", 415), ("application/xml", 415), ("", 415), ("multipart/form-data", 400),
        ("multipart/form-data; boundary=" + "b" * 5, 403), ("application/x-www-form-urlencoded; charset=utf-7", 415),
        ("application/x-www-form-urlencoded; charset=utf-16", 415), ("multipart/mixed; boundary=b", 415),
    ):  # fmt: skip
        answer = visitor.post("/signout", content=b'{"_csrf": 1}', headers={**OWN, "content-type": kind})
        assert answer.status_code in (status, 400), kind


@attack("JSON that is none, no object, or too deep")
def _(world: World) -> None:
    visitor = world.signed_in()
    head = {**OWN, "content-type": "application/json", "x-csrf-token": visitor.token}
    for body in (b"[" * 100_000, b"[]", b"1", b"{", b"\xff", b'{"a":' * 50_000):
        assert visitor.post("/api/parse", content=body, headers=head).status_code == 400


# -- what is shown --


@attack("scripts in what the sign-in page shows again")
def _(world: World) -> None:
    visitor = world.visitor()
    for answer in (visitor.sign_in(NASTY, NASTY, NASTY, NASTY), visitor.get("/signin", params={"to": NASTY})):
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text


@attack("scripts in title, text, comment and file name of a draft")
def _(world: World) -> None:
    desk, who = world.app.state.desk, PEOPLE["writer"]
    path = "content/cc/tzgg/nasty.md"
    one = desk.begin(
        who, path, f"---\ntitle: '{NASTY.replace(chr(39), '')}'\ndate: 2026-11-23 09:00\n---\n{NASTY}\n".encode()
    )
    visitor = world.signed_in()
    visitor.open(f"/draft/{one.id}/review")
    visitor.submit(f"/draft/{one.id}/comment", {"comment": NASTY})
    for page in ("review", "compare"):
        text = visitor.get(f"/draft/{one.id}/{page}").text
        assert "alert(1)" in text and "<script>alert" not in text and "<img src=x" not in text


@attack("inline scripts and styles of our own pages, which would need a weaker policy")
def _(world: World) -> None:
    for path in ("/account", f"/draft/{world.draft}/compare", "/nothing"):
        text = world.signed_in().get(path).text
        assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|<style|\sstyle=|javascript:", text)
    policy = world.visitor().get("/signin").headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy and "*" not in policy


@attack("uploads that run as pages of the editor: SVG, HTML, scripts, files that are two things")
def _(world: World) -> None:
    visitor = world.signed_in()
    for name in ("a.svg", "a.html", "a.js", "a.pdf", "a.png"):
        answer = visitor.get(f"/upload/{name}")
        assert answer.headers["content-security-policy"].startswith("sandbox;")
        assert answer.headers["x-content-type-options"] == "nosniff"
        if name != "a.png":
            assert answer.headers["content-disposition"].startswith("attachment")
            assert answer.headers["content-type"] == "application/octet-stream"


@attack("file name that adds a header")
def _(world: World) -> None:
    answer = content(b"", "image/png", 'a"\r\nset-cookie: x=1\r\n;.png')
    assert "\r" not in answer.headers["content-disposition"] and "set-cookie" not in answer.headers
    with pytest.raises(ValueError):
        pages.sandboxed("<p>", "default-src *")


@attack("what a fault of ours tells")
def _(world: World) -> None:
    answer = world.signed_in().get("/broken")
    assert answer.status_code == 500 and "编号" in answer.text
    assert "secret of the program" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@attack("covering tracks in the audit log")
def _(world: World) -> None:
    log = world.app.state.log
    log.add("=cmd|x!", "", "save")
    world.visitor().sign_in("My-Password-2026", "x")
    place = world.repo.path / ".jiyue/editor/state.db"
    database = sqlite3.connect(place)
    for statement in ("DELETE FROM log", "UPDATE log SET account = 'x'"):
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(statement)
    assert log.broken() == 0
    database.executescript("DROP TRIGGER log_is_not_changed; UPDATE log SET account = 'x' WHERE id = 2;")
    database.close()
    assert log.broken() == 2
    assert not re.search(r"(?m)(^|,)[=+@]", as_csv(log.entries()))
    said = " ".join(entry.detail for entry in log.entries())
    assert PASSWORD not in said and "My-Password" not in said  # whichever field it was typed into


@attack("filling the disk by the audit log, and all threads by sign-ins")
def _(world: World) -> None:
    app = world.other()
    log, accounts = app.state.log, app.state.accounts
    for _ in range(UNNAMED_A_MINUTE + 50):
        log.add("", "", "refused")
    assert len(log.entries()) == UNNAMED_A_MINUTE and "不再记录" in log.entries()[-1].detail
    held = [local._IN_LINE.acquire(blocking=False) for _ in range(10)]
    assert Visitor(app).sign_in(WRITER).status_code == 503
    for _ in held:
        local._IN_LINE.release()
    assert accounts.password_fits("nobody", "x") is False


@attack("a thousand changes a minute")
def _(world: World) -> None:
    visitor = Visitor(world.other())
    cookie = visitor.app.state.sessions.begin(WRITER, "password", "")  # type: ignore[attr-defined]
    visitor.cookies.set("__Host-jiyue", cookie, domain=HOST)
    visitor.open("/account")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(security, "POSTS_A_MINUTE", 5)
        assert [visitor.submit("/nothing").status_code for _ in range(7)] == [404] * 5 + [429] * 2
    world.clock.now += 60
    assert visitor.submit("/nothing").status_code == 404


def _upload(world: World, where: str, name: str, data: bytes) -> int:
    """Send a file with the form of a draft."""
    visitor = world.signed_in()
    base = world.app.state.desk.text(PEOPLE["writer"], PATH, world.draft).blob
    fields = {"_csrf": visitor.token, "base": base, "body": "正文。\n"}
    answer = visitor.post(f"/draft/{world.draft}/{where}", data=fields, files={"file": (name, data)}, headers=OWN)
    return int(answer.status_code)


def _brought(world: World) -> set[str]:
    return set(
        world.repo.git("-c", "core.quotePath=false", "diff", "--name-only", f"main...drafts/cc/{world.draft}").split(
            "\n"
        )
    )


def _jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), "red").save(file, "JPEG")
    return file.getvalue()


@attack("file names that lead elsewhere, or are no names")
def _(world: World) -> None:
    names = (
        "../../../sites/rights.yaml.jpg",
        "..\\..\\x.jpg",
        "\u202egpj.exe.jpg",
        "<script>.jpg",
        ".htaccess.jpg",
        "a.md",
        "-rf.jpg",
    )
    assert [_upload(world, "files", name, _jpeg()) for name in names] == [303] * len(names)
    assert {path.rpartition("/")[0] for path in _brought(world)} == {"content/cc/tzgg"}
    assert {path.rpartition("/")[2] for path in _brought(world)} - {"a.md"} == {
        "rights.yaml.jpg", "x.jpg", "gpj.exe.jpg", "script.jpg", "htaccess.jpg", "a.jpg", "rf.jpg",
    }  # fmt: skip


@attack("pictures that are scripts, or something else besides")
def _(world: World) -> None:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    before = _brought(world)
    for name, data in (
        ("x.svg", svg),
        ("y.jpg", svg),
        ("x.html", b"<script>"),
        ("z.gif", b"GIF89a/*" + bytes(99) + b"*/=1"),
        ("x.js", b"1"),
    ):
        assert _upload(world, "files", name, data) == 415, name
    assert _brought(world) == before
    assert _upload(world, "files", "both.jpg", _jpeg() + b"<script>alert(1)</script>") == 303
    path = "content/cc/tzgg/both.jpg"
    assert b"script" not in world.app.state.desk.text(PEOPLE["writer"], path, world.draft).data


@attack("files that grow when they are opened: a picture of 400 megapixels, an archive, entities")
def _(world: World) -> None:
    size = struct.pack(">II", 20_000, 20_000) + b"\x01\0\0\0\0"
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))  # noqa: E731
    png = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size)
        + chunk(b"IDAT", zlib.compress(bytes(2501 * 20_000)))
        + chunk(b"IEND", b"")
    )
    assert _upload(world, "files", "bomb.png", png) == 415
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    for start, text in (("", "<w:p/>" * 3_000_000), (entity, "<w:p><w:r><w:t>&e;</w:t></w:r></w:p>")):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr(
                "word/document.xml", f'{start}<w:document xmlns:w="{space}"><w:body>{text}</w:body></w:document>'
            )
        assert _upload(world, "word", "a.docx", file.getvalue()) == 415
    assert "root:" not in world.repo.git("show", f"drafts/cc/{world.draft}:{PATH}")


# -- other people's drafts --


@attack("another site's draft: read, saved, handed in, discarded")
def _(world: World) -> None:
    visitor, before = world.signed_in(OTHER_SITE), world.refs()
    for page in ("review", "compare"):
        assert visitor.get(f"/draft/{world.draft}/{page}").status_code == 404
    for action in ("submit", "approve", "return", "comment", "discard", "merge"):
        fields = {
            "head": world.head(),
            "sure": "yes",
            "comment": "x",
            "digest": "x",
            "step": "first",
            "text": "x",
            "base": "",
        }
        assert visitor.submit(f"/draft/{world.draft}/{action}", fields).status_code == 404
    assert visitor.get(f"/history/{PATH}").status_code == 404
    assert visitor.submit(f"/withdraw/{PATH}", {"reason": "x"}).status_code in (403, 404)
    assert world.refs() == before


@attack("handing in what was changed meanwhile")
def _(world: World) -> None:
    visitor, old = world.signed_in(), world.head()
    desk, who = world.app.state.desk, PEOPLE["writer"]
    now = desk.text(who, PATH, world.draft)
    desk.save(who, world.draft, now.blob, now.data + f"{time.monotonic_ns()}\n".encode())
    assert visitor.submit(f"/draft/{world.draft}/submit", {"head": old}).status_code == 409
    for head in ("", "HEAD", "main", "0" * 40, "--force"):
        assert visitor.submit(f"/draft/{world.draft}/submit", {"head": head}).status_code == 409


def _decide(world: World, account: str, draft: Any, **other: str) -> int:
    """Fill in the form of an approval as the page has it, but for what is given."""
    visitor = world.signed_in(f"{account}@x.example")
    text = visitor.open(f"/draft/{draft.id}/review").text
    digest = re.search(r'name="digest" value="(\w+)"', text) or re.search(r"SHA-256）<code>(\w+)", text)
    fields = {"head": draft.head, "step": draft.step, "digest": digest[1] if digest else "", **other}
    return int(visitor.submit(f"/draft/{draft.id}/approve", fields).status_code)


def _waiting(world: World, name: str) -> Any:
    """A draft that waits for its first review."""
    return submitted(world.app.state.desk, f"content/cc/tzgg/{name}.md", article(f"{name}。\n", name))


@attack("approving one's own text, another's step, a step before its turn")
def _(world: World) -> None:
    draft, before = _waiting(world, "own"), ""
    before = world.refs()
    for account in ("writer", "second", "admin", "former"):
        assert _decide(world, account, draft) == 403, account
    assert _decide(world, "other", draft) == 404
    for step in ("second", "final", "secrecy", "", "none", "first "):
        assert _decide(world, "first", draft, step=step) == 409, step
    assert world.refs() == before


@attack("approving twice, and two steps as one person")
def _(world: World) -> None:
    desk, draft = world.app.state.desk, _waiting(world, "twice")
    assert _decide(world, "twice", draft) == 303
    assert _decide(world, "first", draft) == 409  # the same form again
    now = desk.draft(PEOPLE["writer"], draft.id)
    assert (now.step, _decide(world, "twice", now)) == ("second", 403)


@attack("text exchanged between reading and approving")
def _(world: World) -> None:
    desk, draft = world.app.state.desk, _waiting(world, "exchanged")
    assert _decide(world, "first", draft, digest="0" * 64) == 409
    blob = desk.text(PEOPLE["writer"], draft.path, draft.id).blob
    desk.save(PEOPLE["writer"], draft.id, blob, article("换过的。\n", "exchanged"))
    assert _decide(world, "first", draft) == 409
    changed = desk.draft(PEOPLE["writer"], draft.id)
    assert _decide(world, "first", changed, step="first") == 409  # it has to be handed in again


@attack("sending back, discarding, withdrawing by who may not")
def _(world: World) -> None:
    draft, before = _waiting(world, "back"), ""
    before = world.refs()
    for account, action, fields in (
        ("writer", "return", {"head": draft.head, "comment": "不好"}), ("first", "return", {"head": "0" * 40, "comment": "不好"}),
        ("first", "return", {"head": draft.head, "comment": " "}), ("column", "discard", {"head": draft.head, "sure": "yes"}),
    ):  # fmt: skip
        visitor = world.signed_in(f"{account}@x.example")
        assert visitor.submit(f"/draft/{draft.id}/{action}", fields).status_code in (403, 404, 409, 422), (
            account,
            action,
        )
    assert (
        world.signed_in("column@x.example").submit("/withdraw/content/jl/tzgg/b.md", {"reason": "x"}).status_code == 404
    )
    assert world.refs() == before


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(world: World, name: str) -> None:
    ATTACKS[name](world)


# -- below HTTP --


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[Server]:
    running = Server(world.app)
    thread = running.start()
    yield running
    running.stop()
    thread.join()


def _raw(port: int, data: bytes, wait: float = 5) -> bytes:
    """What comes back, until the server closes."""
    with socket.create_connection(("127.0.0.1", port), wait) as connection:
        connection.sendall(data)
        connection.settimeout(wait)
        said = b""
        while piece := connection.recv(65536):
            said += piece
        return said


HEAD = f"Host: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Type: application/x-www-form-urlencoded\r\n".encode()
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /signin HTTP/1.1\r\n" + HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED, b""),
        (b"POST /signin HTTP/1.1\r\n" + HEAD + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + SMUGGLED, b" 400 "),
        (b"POST /signin HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED, b" 400 "),
        (b"POST /signin HTTP/1.1\r\n" + HEAD + b"Content-Length: 99999\r\n\r\n" + SMUGGLED, b" 413 "),
        (b"GET / HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nConnection: close\r\nX: " + b"y" * 40_000 + b"\r\n\r\n", b" 4"),
        (b"GET / HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nX : y\r\n\r\n", b" 400 "),
        (b"GET / HTTP/1.1\r\n\r\n", b" 400 "),
        (b"GET /a b HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n", b" 400 "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b" 400 "),
    ],
    ids=["length and chunked", "two lengths", "unknown coding", "body that is not read", "endless header", "space in a name",
         "no host", "space in an address", "TLS at the wrong door"],
)  # fmt: skip
def test_requests_that_could_be_split_are_one_or_none(server: Server, request_: bytes, status: bytes) -> None:
    said = _raw(server.port, request_)
    assert said.count(b"HTTP/1.1 ") == 1
    assert status in said.splitlines()[0]
    assert b"smuggled" not in said


def test_where_approvals_are_signed_the_page_says_how_and_the_gateway_approves_nothing(tmp_path: Path) -> None:
    room = Newsroom(tmp_path, "signed")
    desk = room.desk()
    app = create_app(settings(room.path), desk)
    draft = submitted(desk)
    visitor = signed_in(app, "first@x.example")
    text = visitor.open(f"/draft/{draft.id}/review").text
    assert f'<code class="text">jiyue approve {PATH}</code>' in text and f"/draft/{draft.id}/approve" not in text
    digest = re.search(r"SHA-256）<code>(\w+)", text)
    assert digest
    fields = {"head": draft.head, "step": "first", "digest": digest[1]}
    answer = visitor.submit(f"/draft/{draft.id}/approve", fields)
    assert answer.status_code == 409 and f"jiyue approve {PATH}" in answer.text
    assert desk.draft(PEOPLE["writer"], draft.id).head == draft.head
    desk.close()
    app.state.sessions.state.close()


def test_what_was_written_while_the_session_ended_is_on_the_page(world: World) -> None:
    visitor = world.signed_in()
    world.clock.now += IDLE + 1
    answer = visitor.submit(f"/draft/{world.draft}/merge", {"text": "写了\n半天的<字>", "base": "x"})
    assert answer.status_code == 401 and "写了\n半天的&lt;字&gt;</textarea>" in answer.text
    assert (
        visitor.submit("/account/password", {"password": "geheim-Wort-1", "new": "geheim-Wort-1"}).text.count("geheim")
        == 0
    )


def test_who_sends_slowly_is_cut(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jiyue.editor.web.server.HEAD_SECONDS", 0.3)
    assert _raw(server.port, b"GET / HTTP/1.1\r\nHost: ") == b""
    monkeypatch.setattr("jiyue.editor.web.server.HEAD_SECONDS", 5)
    monkeypatch.setattr("jiyue.editor.web.security.SECONDS", 0.3)
    said = _raw(server.port, b"POST /signin HTTP/1.1\r\n" + HEAD + b"Content-Length: 10\r\n\r\na=")
    assert b" 408 " in said.splitlines()[0]
