"""What every page of the editor is made with: templates, forms, answers for people and for scripts, the audit log."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiyue.editor.model import STATES, Refused
from jiyue.editor.web.security import CONTENT_POLICY, FACTOR, UNFINISHED, Form, visitor_cookie

TEMPLATES = Path(__file__).parents[1] / "templates"
WRITTEN = ("source", "body", "text", "comment", "reason")
"""Fields in which somebody may have written much: where a form is refused, the page shows them again."""
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif")
"""What a browser may show in place. SVG is not among them: it can hold scripts."""


def page(request: Request, template: str, status: int = 200, **data: object) -> Response:
    """A page. Its template gets `person` (None before the sign-in), `csrf`, `path`, `states` and data; all is escaped."""
    state = request.state
    shared = {
        "person": state.person,
        "csrf": csrf(request),
        "path": request.url.path,
        "states": STATES,
        "way": request.app.state.settings.way if "app" in request.scope else "",
    }
    html = environment().get_template(template).render({**shared, **data})
    return Response(html, status, media_type="text/html")


@functools.cache
def environment() -> Environment:
    """Jinja's environment for the editor's templates."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters["address"] = address
    made.globals["csrf_field"] = csrf_field
    return made


def form_of(request: Request) -> Form:
    """The form that was sent. The gate has read it, bounded it, and seen its token."""
    form: Form = request.state.form
    return form


def csrf(request: Request) -> str:
    """The token of this session's forms: field `_csrf` or header `X-CSRF-Token`. '' on pages that have no form to guard."""
    state = request.state
    cookie = state.cookie if state.person else request.cookies.get(visitor_cookie(request.app.state.settings), "")
    return request.app.state.sessions.token(cookie) if cookie else ""


def csrf_field(token: str) -> Markup:
    """The hidden field of a form: `{{ csrf_field(csrf) }}` in every form with method="post"."""
    return Markup('<input type="hidden" name="_csrf" value="{}">').format(token)


def note(request: Request, what: str, path: str = "", head: str = "", detail: str = "") -> None:
    """Add to the audit log that the signed-in person did something (jiyue/editor/accounts/log.py: ACTIONS)."""
    state = request.state
    account = state.person.account if state.person else ""
    request.app.state.log.add(account, state.address, what, path, head, detail)


def to(path: str) -> Response:
    """Lead on after a change, so that reloading does not do it again."""
    return RedirectResponse(path, 303)


def address(path: str) -> str:
    """A path of the repository as part of an address."""
    return quote(path, safe="/")


def inside(path: str) -> str:
    """A path of this editor that a request names to be led to; '/' for anything else (another host, a control character)."""
    parts = urlsplit(path)
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain and not parts.scheme and not parts.netloc and len(path) < 500 else "/"


def data(value: object, status: int = 200) -> Response:
    """An answer for a script."""
    return Response(json.dumps(value, ensure_ascii=False).encode(), status, media_type="application/json")


def content(body: bytes, kind: str, name: str) -> Response:
    """A file that somebody brought. It never runs as a script of the editor's: sandboxed, and downloaded unless a picture."""
    shown = kind in PICTURES
    headers = {
        "content-security-policy": CONTENT_POLICY,
        "content-disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
    }
    return Response(body, media_type=kind if shown else "application/octet-stream", headers=headers)


def sandboxed(html: str | bytes, policy: str = CONTENT_POLICY) -> Response:
    """A page for a frame, with what officers wrote: without scripts, cookies or an origin. policy: must begin with sandbox."""
    if not policy.startswith("sandbox;"):
        raise ValueError("a preview has to be sandboxed")
    return Response(html, media_type="text/html", headers={"content-security-policy": policy})


def refusal(request: Request, refused: Refused) -> Response:
    """Say why something was not done: as a page, or to scripts as JSON {"error": …}."""
    path, wants = request.url.path, request.headers.get("accept", "")
    if path.startswith("/api/") or path.endswith("/findings") or wants.startswith("application/json"):
        return data({"error": str(refused)}, refused.status)
    if refused.status == 401 and request.app.state.settings.way != "proxy" and request.method in ("GET", "HEAD"):
        if request.state.session and request.state.session.way == UNFINISHED:
            return to(FACTOR)
        return to("/signin" if path == "/" else f"/signin?to={quote(path)}")
    form = request.state.form
    kept = [value for name, value in form.fields if name in WRITTEN and value.strip()]
    return page(request, "refused.html", refused.status, message=str(refused), code=refused.status, kept=kept)
