"""Signing in and out, the second factor, and what a person sees of their own account."""

from __future__ import annotations

import io
import secrets

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jiyue.base import clock
from jiyue.editor.accounts import local
from jiyue.editor.model import Refused
from jiyue.editor.web.pages import form_of, inside, note, page, to
from jiyue.editor.web.security import FACTOR, UNFINISHED, set_cookie, visitor_cookie

WRONG = "账号、口令或者动态码不对"
"""One answer to all that is wrong: which of the three it was is nobody's business."""


def signin(request: Request) -> Response:
    """The sign-in page; of an editor on one's own machine, its one-time address signs in."""
    app = request.app.state
    if app.settings.way == "machine":
        ticket = request.query_params.get("ticket", "")
        if not ticket or request.method != "GET":
            return page(request, "signin.html", to="/", problem="", account="", way="machine")
        if not app.tickets.use(ticket):
            note(request, "sign-in-failed", detail="ticket")
            raise Refused("这个地址已经用过或者过期。请在终端按回车，再打开新显示的地址", 403)
        return _begin(request, app.settings.account, "machine", "/")
    if app.settings.way == "proxy":
        return to("/")
    return _form(request)


def _form(request: Request, problem: str = "", status: int = 200) -> Response:
    """The form, bound to a cookie of this visitor: nobody can sign somebody else in as themselves."""
    settings = request.app.state.settings
    name = visitor_cookie(settings)
    visitor = request.cookies.get(name) or secrets.token_urlsafe(32)
    form = form_of(request)
    target = inside(form.get("to") or request.query_params.get("to", "/"))
    account = form.get("account")[:200]
    token = request.app.state.sessions.token(visitor)
    answer = page(request, "signin.html", status, to=target, problem=problem, account=account, csrf=token)
    set_cookie(answer, settings, name, visitor)
    return answer


def sign_in(request: Request) -> Response:
    """Try account, password and code."""
    app, form = request.app.state, form_of(request)
    if app.settings.way != "password":
        raise Refused("这里不用口令登录", 404)
    account, password, code = form["account"].strip()[:200], form["password"], form.get("code")
    where = request.state.address
    registered = app.people.find(account)
    tried = account if registered else "没有登记的账号"  # some type their password there
    wait = app.waiting.begin(account, where)
    if wait:
        note(request, "sign-in-failed", detail=f"{tried}，在等待")
        answer = _form(request, f"失败的次数太多，请等 {_duration(wait)}再试", 429)
        answer.headers["retry-after"] = str(wait)
        return answer
    known = app.accounts.find(account)
    fits = app.accounts.password_fits(account, password)
    way = ""
    if fits and known and registered and registered.name == account:
        way = app.accounts.factor_fits(account, code) if known.confirmed else "new"
    if not way:
        note(request, "sign-in-failed", detail=tried)
        return _form(request, WRONG, 401)
    app.waiting.succeeded(account, where)
    if way == "recovery":
        app.log.add(account, where, "recovery-code")
    if way == "new":
        return _begin(request, account, UNFINISHED, FACTOR)
    return _begin(request, account, "password", inside(form.get("to")))


def _begin(request: Request, account: str, way: str, target: str) -> Response:
    """A new session under a new cookie, whatever cookie came."""
    app = request.app.state
    if request.state.session:
        app.sessions.end(request.state.session)
    cookie = app.sessions.begin(account, way, request.state.address)
    app.log.add(account, request.state.address, "sign-in", detail=way)
    answer = to(target)
    set_cookie(answer, app.settings, app.settings.cookie, cookie)
    set_cookie(answer, app.settings, visitor_cookie(app.settings), "")
    return answer


def sign_out(request: Request) -> Response:
    """End this session, or with `everywhere` all of this person's."""
    app, everywhere = request.app.state, form_of(request).get("everywhere")
    if everywhere:
        app.sessions.end_all(request.state.session.account)
    else:
        app.sessions.end(request.state.session)
    note(request, "sign-out-all" if everywhere else "sign-out")
    answer = to("/signin")
    set_cookie(answer, app.settings, app.settings.cookie, "")
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer


def account(request: Request) -> Response:
    """One's own account: rights, sessions, recent actions."""
    app, person = request.app.state, request.state.person
    rights = app.people.find(person.account)
    sessions = [(clock.minute(s.created), clock.minute(s.seen), s.address, s.id == request.state.session.id)
                for s in app.sessions.of(person.account)]  # fmt: skip
    return page(request, "account.html", rights=rights, sessions=sessions, known=app.accounts.find(person.account))


def password(request: Request) -> Response:
    """Change one's password: ends all sessions, so that a stolen one is worth nothing afterwards."""
    app, form, name = request.app.state, form_of(request), request.state.person.account
    where = request.state.address
    if app.settings.way != "password":
        raise Refused("这里不用口令登录", 404)
    if app.waiting.begin(name, where) or not app.accounts.password_fits(name, form["password"]):
        raise Refused("原来的口令不对，或者失败的次数太多", 403)
    app.waiting.succeeded(name, where)
    problem = local.password_problem(name, form["new"])
    if problem or form["new"] != form["again"]:
        raise Refused(problem or "两次写的新口令不一样", 422)
    app.accounts.set_password(name, form["new"])
    note(request, "account-password")
    return to("/signin")


def factor(request: Request) -> Response:
    """Set up the second factor: the key as a picture and as text."""
    app, name = request.app.state, request.state.person.account
    known = app.accounts.find(name)
    if known is None or known.confirmed:
        return _done(request)
    key = app.accounts.factor(name) or app.accounts.new_factor(name)
    return _factor_page(request, name, key)


def confirm_factor(request: Request) -> Response:
    """Confirm it by a code; shows the recovery codes this once."""
    app, name = request.app.state, request.state.person.account
    known = app.accounts.find(name)
    if known is None or known.confirmed:
        return _done(request)
    if app.waiting.begin(name, request.state.address):
        raise Refused("失败的次数太多，请稍后再试", 429)
    codes = app.accounts.confirm(name, form_of(request)["code"])
    if not codes:
        return _factor_page(
            request, name, app.accounts.factor(name), "动态码不对。请核对手机的时间，再输入新的一组", 422
        )
    app.waiting.succeeded(name, request.state.address)
    note(request, "second-factor")
    cookie = app.sessions.begin(name, "password", request.state.address)
    request.state.cookie = cookie
    answer = page(request, "recovery.html", codes=codes)
    app.sessions.end(request.state.session)
    set_cookie(answer, app.settings, app.settings.cookie, cookie)
    return answer


def _done(request: Request) -> Response:
    """The second factor is set up already: a session that was begun for it is over."""
    if request.state.session.way != UNFINISHED:
        return to("/account")
    request.app.state.sessions.end(request.state.session)
    return to("/signin")


def _factor_page(request: Request, name: str, key: str, problem: str = "", status: int = 200) -> Response:
    picture = io.BytesIO()
    uri = local.provisioning(name, key)
    segno.make(uri, error="m").save(picture, kind="png", scale=5, border=4)
    grouped = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
    return page(request, "factor.html", status, picture=_as_data(picture.getvalue()), key=grouped, problem=problem)


def _as_data(png: bytes) -> str:
    import base64  # noqa: PLC0415  (this page alone)

    return "data:image/png;base64," + base64.b64encode(png).decode()


def _duration(seconds: int) -> str:
    return f"{seconds} 秒" if seconds < 120 else f"{-(-seconds // 60)} 分钟"


routes = [
    Route("/signin", signin, methods=["GET"]),
    Route("/signin", sign_in, methods=["POST"]),
    Route("/signout", sign_out, methods=["POST"]),
    Route("/account", account, methods=["GET"]),
    Route("/account/password", password, methods=["POST"]),
    Route("/account/factor", factor, methods=["GET"]),
    Route("/account/factor", confirm_factor, methods=["POST"]),
]
