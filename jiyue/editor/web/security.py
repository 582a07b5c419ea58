"""What stands before every page: who may connect, what a request may be, who sent it, and what goes with each answer.

The gate judges a request before any page sees it, in this order: the peer, the form of the request, the session, where a
change comes from (Origin, Sec-Fetch-Site), its body (bounded in bytes, time and parts), its form token. A page that is
added later can't forget any of it.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qsl

import anyio
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.datastructures import UploadFile as StarletteUpload
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jiyue.base.patterns import pattern
from jiyue.editor.accounts.log import Log
from jiyue.editor.accounts.people import People
from jiyue.editor.accounts.sessions import Session, Sessions
from jiyue.editor.model import Person, Refused
from jiyue.editor.web.settings import Settings

LOG = logging.getLogger("jiyue.editor")

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; frame-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
CONTENT_POLICY = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""For what officers brought: it never runs as a script of the editor's origin, whatever it is."""
HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-store",
}
"""Of every answer that does not set its own."""
STRICT_TRANSPORT = "max-age=31536000"

MEGABYTE = 1_000_000
BODY = MEGABYTE
BODY_OF: tuple[tuple[re.Pattern[str], int], ...] = (
    # a file of 25 MB and what surrounds it
    (pattern(r"/draft/[^/]+/(?:files|word)|/api/paste|/new|/import"), 26 * MEGABYTE),
    (pattern(r"/draft/[^/]+/|/draft/[^/]+/(?:findings|preview)|/api/.*"), 4 * MEGABYTE),
    (pattern(r"/signin"), 16_000),
)
"""The longest body of a POST, by path; BODY for all others."""
PARTS, FILES = 2000, 20
"""How many fields and files a form may have."""
LARGE_AT_ONCE = 4
"""How many bodies above BODY are read at a time: they lie in memory."""
HEAVY = pattern(r"/draft/[^/]+/(?:files|word|crop)|/api/paste|/new|/import")
"""What opens files that somebody brought, and so may need much memory: LARGE_AT_ONCE at a time, too."""
SECONDS, BYTES_A_SECOND = 20, 50_000
"""A body has to come within SECONDS and the time that its size takes at this rate."""
HEADER_COUNT, HEADER_BYTES, PATH_BYTES = 80, 16_000, 2_000
UNSAFE_PATH = pattern(r"[\x00-\x1f\x7f\\\ufffd\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|(?:^|/)\.\.?(?:/|$)|//")
SIGN_IN = "/signin"
OPEN = ("/static/", "/feed/")
"""What needs no session, besides the way in: the editor's own files, and feeds, whose address is the key."""
FACTOR = "/account/factor"
UNFINISHED = "unfinished"
"""The way of a session whose account has no second factor yet: it may set one up and nothing else."""
POSTS_A_MINUTE = 300
"""Changes by one account: far above anyone's hands, far below what fills a disk."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form. name: as the browser sent it, which is no path to trust; type: what the browser takes it for."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """A form's fields and files, in their order. Line ends are \\n, which browsers send as \\r\\n."""

    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, Upload], ...] = ()
    json: Mapping[str, object] = field(default_factory=dict)
    """Of a JSON body, which must be an object."""

    def __getitem__(self, name: str) -> str:
        """A field that has to be there, else Refused (400)."""
        for key, value in self.fields:
            if key == name:
                return value
        raise Refused(f"表单缺少“{name}”，请刷新页面再试", 400)

    def get(self, name: str, default: str = "") -> str:
        """A field's first value."""
        return next((value for key, value in self.fields if key == name), default)

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self.fields if key == name]

    def uploads(self, name: str) -> list[Upload]:
        """The files of a field; an empty file input sends none."""
        return [upload for key, upload in self.files if key == name and (upload.name or upload.data)]


class Gate:
    """The middleware around all pages."""

    def __init__(
        self, app: ASGIApp, settings: Settings, sessions: Sessions, people: People, log: Log,
        refusal: Callable[[Request, Refused], Response],
    ) -> None:  # fmt: skip
        """refusal: the page that says why."""
        self.app = app
        self.settings = settings
        self.sessions = sessions
        self.people = people
        self.log = log
        self.refusal = refusal
        self._large, self._heavy = anyio.Semaphore(LARGE_AT_ONCE), anyio.Semaphore(LARGE_AT_ONCE)
        self._posts: tuple[int, Counter[str]] = 0, Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        send = partial(self._send, scope, send)
        state = scope.setdefault("state", {})
        state.update(person=None, session=None, cookie="", form=Form(), address="", set_cookie=None)
        heavy = scope["method"] == "POST" and HEAVY.fullmatch(scope["path"])
        try:
            await self._admit(scope, receive)
            async with self._heavy if heavy else nullcontext():
                await self.app(scope, receive, send)
        except Refused as refused:
            answer = await run_sync(self.refusal, Request(scope), refused)
            if scope["method"] not in ("GET", "HEAD"):
                answer.headers["connection"] = "close"  # what has not been read of the body is not the next request
            await answer(scope, receive, send)
        except ClientDisconnect:
            return
        except Exception as problem:
            # what it was stands in the program's log under a number, not on the page
            number = secrets.token_hex(4)
            LOG.error("fault %s: %s %s", number, scope["method"], scope["path"], exc_info=problem)
            if not state.get("answered"):
                fault = Refused(f"程序出错，没有完成。请把编号 {number} 告诉管理员", 500)
                await (await run_sync(self.refusal, Request(scope), fault))(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive) -> None:
        """Judge a request; what is known of it then stands in its state. Raises Refused."""
        scope["state"]["address"] = self._address(scope)
        self._judge_form(scope)
        try:
            await run_sync(self._sign_in, scope)
        except Refused:
            if scope["method"] == "POST":
                with suppress(Refused):  # what was written while the session ended stands on the page that says so
                    await self._read(scope, receive, BODY)
            raise
        if scope["method"] == "POST":
            await self._take_body(scope, receive)

    # -- the request --

    def _address(self, scope: Scope) -> str:
        """The address that a request comes from: the peer's, or what the proxy put last into X-Forwarded-For.

        Whatever stands before that was sent by the client, so it is worth nothing.
        """
        peer = (scope.get("client") or ("",))[0]
        if not self.settings.is_peer(peer):
            raise Refused("请从编辑系统的网址进入")
        if self.settings.way == "machine":
            return peer
        forwarded = [v for k, v in scope["headers"] if k == b"x-forwarded-for"]
        last = forwarded[-1].decode("latin-1").rpartition(",")[2].strip() if forwarded else ""
        return last[:45] if re.fullmatch(r"[0-9a-fA-F.:]{2,45}", last) else peer

    def _judge_form(self, scope: Scope) -> None:
        """Raise Refused for what no browser sends."""
        headers = scope["headers"]
        if len(headers) > HEADER_COUNT or sum(len(k) + len(v) for k, v in headers) > HEADER_BYTES:
            raise Refused("请求头太大", 431)
        names = [name for name, _ in headers]
        single = (b"host", b"content-type", b"content-length", b"origin", b"cookie", b"x-csrf-token", b"authorization")
        if any(names.count(name) > 1 for name in (*single, self.settings.header.lower().encode())):
            raise Refused("请求头重复", 400)
        host = Headers(scope=scope).get("host", "")
        name = re.sub(r":\d{1,5}$", "", host).lower()
        if name not in self.settings.hosts:
            raise Refused("不认识的网址。请从编辑系统的网址进入", 421)
        if scope["method"] not in ("GET", "HEAD", "POST"):
            raise Refused("不支持这种请求", 405)
        raw = scope.get("raw_path") or scope["path"].encode()
        if len(raw) > PATH_BYTES or len(scope.get("query_string", b"")) > PATH_BYTES:
            raise Refused("网址太长", 414)
        fetch = Headers(scope=scope)
        embedded = fetch.get("sec-fetch-site") == "cross-site" and fetch.get("sec-fetch-mode", "navigate") != "navigate"
        if embedded and not scope["path"].startswith(OPEN):
            raise Refused("别的网站不能引用这里的内容")
        if UNSAFE_PATH.search(scope["path"]) or re.search(rb"%2f|%5c|%00", raw, re.IGNORECASE):
            raise Refused("没有这个页面", 404)

    def _sign_in(self, scope: Scope) -> None:
        """Find who sent the request; raise Refused where somebody has to be signed in and nobody is."""
        state, settings = scope["state"], self.settings
        cookie = Request(scope).cookies.get(settings.cookie, "")[:200]
        session = self.sessions.find(cookie)
        unfinished = session is not None and session.way == UNFINISHED and settings.way == "password"
        person = self._person(session) if session and (session.way == settings.way or unfinished) else None
        is_open = scope["path"] == SIGN_IN or scope["path"].startswith(OPEN)
        if settings.way == "proxy" and not is_open:
            named = Headers(scope=scope).get(settings.header, "").strip()
            account = self.people.find(_text(named)) if named else None
            if account is None:
                raise Refused(
                    f"“{_text(named)[:80]}”没有编辑系统的账号，请联系管理员" if named else "请先登录统一身份认证", 401
                )
            if person is None or session is None or session.account != account.name:
                cookie = self.sessions.begin(account.name, "proxy", state["address"])
                state["set_cookie"] = cookie
                self.log.add(account.name, state["address"], "sign-in", detail="proxy")
                session = self.sessions.find(cookie)
                person = Person(account.name, account.name)
                if scope["method"] == "POST":
                    raise Refused("登录已经更新，请返回上一页，刷新后再提交", 403)
        if person is None:
            session, cookie = None, ""  # an old cookie is no reason to be refused at the sign-in
        state.update(person=person, session=session, cookie=cookie)
        if person is None and not is_open:
            raise Refused("请先登录", 401)
        if unfinished and person and not is_open and scope["path"] not in (FACTOR, "/signout"):
            raise Refused("请先设置动态码", 401)
        if person and scope["method"] == "POST" and self._posts_of(person.account) > POSTS_A_MINUTE:
            raise Refused("操作太频繁，请等一分钟再试", 429)

    def _posts_of(self, account: str) -> int:
        minute = int(self.settings.now() // 60)
        if self._posts[0] != minute:
            self._posts = minute, Counter()
        self._posts[1][account] += 1
        return self._posts[1][account]

    def _person(self, session: Session) -> Person | None:
        """The person of a session, unless the account was removed from the rights meanwhile."""
        account = self.people.find(session.account)
        if account is None or account.name != session.account:
            if not self.people.problem:  # the rights were read, and they don't name it
                self.sessions.end_all(session.account)
            return None
        own = self.settings.way == "machine" and self.settings.name
        return Person(account.name, own or account.name)

    # -- a change --

    async def _take_body(self, scope: Scope, receive: Receive) -> None:
        """Read the form of a POST, and see that it comes from a page of ours."""
        headers, state = Headers(scope=scope), scope["state"]
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if site not in (None, "same-origin") or (origin is not None and origin not in self.settings.origins):
            await self._refuse(scope, "foreign origin")
            raise Refused("这次提交不是从编辑系统的页面发出的，已拒绝")
        if origin is None and site is None and not self._own_referrer(headers):
            await self._refuse(scope, "no origin")
            raise Refused("浏览器没有说明从哪个页面提交，已拒绝")
        await self._read(scope, receive, next((size for path, size in BODY_OF if path.fullmatch(scope["path"])), BODY))
        token = headers.get("x-csrf-token") or state["form"].get("_csrf")
        if not self.sessions.token_fits(
            state["cookie"] or Request(scope).cookies.get(visitor_cookie(self.settings), ""), token
        ):
            await self._refuse(scope, "form token")
            raise Refused("页面打开太久，登录已经更新。请返回上一页，刷新后再提交")

    async def _read(self, scope: Scope, receive: Receive, limit: int) -> None:
        """Read the form, of at most so many bytes, in a time that fits its length."""
        state, length = scope["state"], Headers(scope=scope).get("content-length", "")
        if length and not (length.isascii() and length.isdigit() and len(length) < 16):
            raise Refused("请求头不对", 400)
        if length and int(length) > limit:
            raise Refused(f"内容太大：最多 {_size(limit)}", 413)
        seconds = SECONDS + (int(length) if length else limit) / BYTES_A_SECOND
        try:
            with anyio.fail_after(seconds):
                if (int(length) if length else limit) > BODY:
                    async with self._large:
                        state["form"] = await self._read_form(scope, receive, limit)
                else:
                    state["form"] = await self._read_form(scope, receive, limit)
        except TimeoutError:
            raise Refused("上传太慢，已中断。请检查网络再试", 408) from None

    def _own_referrer(self, headers: Headers) -> bool:
        """Old browsers send no Origin with forms of their own site."""
        referrer = headers.get("referer", "")
        return any(referrer.startswith(origin + "/") for origin in self.settings.origins)

    async def _read_form(self, scope: Scope, receive: Receive, limit: int) -> Form:
        request = Request(scope, partial(_bounded, receive, [0], limit))
        kind, _, parameters = Headers(scope=scope).get("content-type", "").partition(";")
        kind = kind.strip().lower()
        if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
            raise Refused("只接受 UTF-8 编码", 415)
        if kind == "application/json":
            if not (scope["path"].startswith("/api/") or scope["path"].endswith("/findings")):
                raise Refused("这个地址只接受表单", 415)
            return Form(json=_json(await request.body()))
        if kind == "application/x-www-form-urlencoded":
            return Form(_checked(_urlencoded(await request.body())))
        if kind != "multipart/form-data":
            raise Refused("不接受这种内容", 415)
        try:
            found = await request.form(max_files=FILES, max_fields=PARTS, max_part_size=limit)
        except HTTPException:
            raise Refused("表单不完整，或者栏目太多", 400) from None
        fields, files = [], []
        for name, value in found.multi_items():
            if isinstance(value, StarletteUpload):
                files.append((name, Upload(value.filename or "", value.content_type or "", await value.read())))
            else:
                fields.append((name, value))
        await found.close()
        if any("\0" in name + upload.name or len(upload.name) > 500 for name, upload in files):
            raise Refused("文件名不对", 400)
        return Form(_checked(fields), tuple(files))

    async def _refuse(self, scope: Scope, why: str) -> None:
        state = scope["state"]
        account = state["person"].account if state["person"] else ""
        await run_sync(partial(self.log.add, account, state["address"], "refused", scope["path"], detail=why))

    # -- the answer --

    async def _send(self, scope: Scope, send: Send, message: Message) -> None:
        if message["type"] == "http.response.start":
            scope["state"]["answered"] = True
            headers = message.setdefault("headers", [])
            present = {name.lower() for name, _ in headers}
            more = dict(HEADERS)
            if self.settings.https:
                more["strict-transport-security"] = STRICT_TRANSPORT
            headers += [(k.encode(), v.encode()) for k, v in more.items() if k.encode() not in present]
            if scope["state"]["set_cookie"]:
                answer = Response()
                set_cookie(answer, self.settings, self.settings.cookie, scope["state"]["set_cookie"])
                headers += [(k, v) for k, v in answer.raw_headers if k == b"set-cookie"]
        await send(message)


def set_cookie(answer: Response, settings: Settings, name: str, value: str) -> None:
    """Set a cookie that only this host gets and no script reads; with '' take it away."""
    answer.set_cookie(
        name, value, max_age=None if value else 0, path="/", secure=settings.https, httponly=True, samesite="lax"
    )


def visitor_cookie(settings: Settings) -> str:
    """The cookie of somebody who has not signed in yet: to it the form of the sign-in page is bound."""
    return settings.cookie + "-visitor"


async def _bounded(receive: Receive, count: list[int], limit: int) -> Message:
    """Receive, until there is too much: also of a body that does not say how long it is."""
    message = await receive()
    count[0] += len(message.get("body", b""))
    if count[0] > limit:
        raise Refused(f"内容太大：最多 {_size(limit)}", 413)
    return message


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=PARTS)
    except ValueError:  # UnicodeDecodeError is one
        raise Refused("表单不是 UTF-8，或者栏目太多", 400) from None


def _checked(fields: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    if any("\0" in name + value or len(name) > 200 for name, value in fields):
        raise Refused("表单含有不能保存的字符", 400)
    return tuple((name, value.replace("\r\n", "\n")) for name, value in fields)


def _json(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused("不是 JSON", 400) from None
    if not isinstance(found, dict):
        raise Refused("应当是 JSON 对象", 400)
    return found


def _size(size: int) -> str:
    return f"{size // MEGABYTE} MB" if size >= MEGABYTE else f"{size // 1000} kB"


def _text(value: str) -> str:
    """A header's value, which is UTF-8 read as Latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except ValueError:
        return ""
