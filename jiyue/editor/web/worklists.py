"""The first page: what there is to do; and the same as a feed for a reader of feeds."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jiyue.base import clock
from jiyue.editor.model import Person, Refused
from jiyue.editor.web.pages import note, page, to
from jiyue.editor.web.workshop import workshop
from jiyue.editor.worklists import newest

SHOWN, IN_FEED = 10, 100
"""Items of a list on the first page; entries of the feed."""


def work(request: Request) -> Response:
    """The lists of this person; `?list=` shows one of them whole."""
    shop, who = workshop(request), request.state.person
    lists = shop.lists.of(who)
    only = request.query_params.get("list", "")
    if only:
        lists = [one for one in lists if one.key == only]
        if not lists:
            raise Refused("没有这个列表", 404)
    names = {site.id: site.short or site.name for site in shop.registry.sites.values()}
    return page(
        request, "worklists.html", lists=lists, only=only, shown=SHOWN, sites=shop.sites_of(who), names=names,
        today=shop.now()[:10], feed=f"/feed/{_token(request.app.state, who.account)}.atom",
    )  # fmt: skip


def feed(request: Request) -> Response:
    """The lists as Atom. The address is the key, so it has no session; it shows titles, never texts."""
    app, token = request.app.state, request.path_params["token"]
    account = _account(app, token)
    if account is None:
        raise Refused("没有这个订阅地址，或者它已经换过", 404)
    shop, who = workshop(request), Person(account, account)
    rows = newest(shop.lists.of(who), IN_FEED)
    home = str(request.base_url).rstrip("/")
    updated = _moment(max((item.since for _, item in rows if item.since), default=clock.now()))
    entries = []
    for one, item in rows:
        url = item.url if "://" in item.url else home + item.url
        state = f"{one.key} {item.url} {item.title} {item.since} {item.limit}"
        key = hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        at = _moment(item.since) if item.since else updated
        about = "，".join(filter(None, (item.site, item.about, f"期限 {item.limit}" if item.limit else "")))
        entries.append(
            f"<entry><id>urn:sha256:{key}</id><title>{escape(one.name)}：{escape(item.title)}</title>"
            f'<link href="{escape(url)}"/><updated>{at}</updated><summary>{escape(about)}</summary></entry>'
        )
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">'
        f"<id>urn:sha256:{hashlib.sha256(token.encode()).hexdigest()[:32]}</id><title>我的工作（集约编辑）</title>"
        f"<author><name>集约编辑</name></author><updated>{updated}</updated>"
        + "".join(f"\n{one}" for one in entries)
        + "\n</feed>\n"
    )
    return Response(_plain(text), media_type="application/atom+xml")


def _moment(text: str) -> str:
    """A day or a moment in the form of RFC 3339."""
    return clock.aware(text if len(text) > len("2026-11-20") else f"{text} 00:00").isoformat()


def renew(request: Request) -> Response:
    """Give this person's feed another address: the old one ends at once."""
    account = request.state.person.account
    with request.app.state.sessions.state.writing() as write:
        write("INSERT OR REPLACE INTO setting VALUES(?, ?)", _name(account), secrets.token_bytes(16))
    note(request, "feed-renewed")
    return to("/")


def _name(account: str) -> str:
    return f"feed {account}"


def _token(app: Any, account: str) -> str:
    """The key of an account's feed: its name and a signature of it with a number that can be changed."""
    state = app.sessions.state
    rows = state.rows("SELECT value FROM setting WHERE name = ?", _name(account))
    salt = bytes(rows[0][0]) if rows else b""
    sign = hmac.new(state.secret, b"feed\0" + salt + b"\0" + account.encode(), hashlib.sha256).digest()
    return _encoded(account.encode()) + "." + _encoded(sign)


def _account(app: Any, token: str) -> str | None:
    """Whose feed a key opens; None for nobody's. An account that is registered no more has none."""
    name, _, _ = token.partition(".")
    try:
        account = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    fits = hmac.compare_digest(_token(app, account).encode(), token.encode("utf-8", "replace"))
    registered = app.people.find(account)
    return account if fits and registered and registered.name == account else None


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _plain(text: str) -> str:
    """Without the characters that XML cannot say."""
    return "".join(
        c for c in text if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )


routes = [
    Route("/", work, methods=["GET"]),
    Route("/feed/{token}.atom", feed, methods=["GET"]),
    Route("/feed", renew, methods=["POST"]),
]
