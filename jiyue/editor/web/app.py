"""The editor as an ASGI application: the gate, the pages of all modules, what they share."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path

from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from jiyue.editor.accounts.local import Accounts
from jiyue.editor.accounts.log import Log
from jiyue.editor.accounts.people import People
from jiyue.editor.accounts.sessions import Sessions, Tickets
from jiyue.editor.accounts.state import PLACE, State
from jiyue.editor.accounts.waiting import Waiting
from jiyue.editor.desk import Desk
from jiyue.editor.model import Person, Refused
from jiyue.editor.web import pages
from jiyue.editor.web.security import Gate
from jiyue.editor.web.settings import Settings
from jiyue.editor.web.workshop import workshop

MODULES = ("signin", "review", "articles", "worklists", "visual")
"""Modules of jiyue/editor/web/ with `routes`."""
STATIC = Path(__file__).parents[1] / "static"
THREADS = 64
"""Pages at a time. They wait for git and the disk, not for the processor."""


def create_app(settings: Settings, desk: Desk | None = None) -> Starlette:
    """The application. Its `state` has root, desk, settings, people, sessions, accounts, waiting, log, tickets."""
    state = State(settings.state or settings.root / PLACE, settings.now)
    people, sessions, log = People(settings.root), Sessions(state), Log(state)
    routes: list[BaseRoute] = [Mount("/static", _Static(directory=STATIC))]
    for name in MODULES:
        routes += import_module(f"jiyue.editor.web.{name}").routes
    gate = Middleware(
        Gate, settings=settings, sessions=sessions, people=people, log=log, refusal=pages.refusal
    )  # fmt: skip
    app = Starlette(
        routes=routes, middleware=[gate], lifespan=_lifespan,
        exception_handlers={Refused: _refused, HTTPException: _http},
    )  # fmt: skip
    app.router.redirect_slashes = False
    if desk is None:
        desk = Desk(settings.root, remote=settings.remote)
    app.state.root, app.state.desk, app.state.settings = settings.root, desk, settings
    app.state.people, app.state.sessions, app.state.log = people, sessions, log
    app.state.accounts, app.state.waiting = Accounts(state), Waiting(state)
    app.state.tickets = Tickets()
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """What a server has from its start to its end; app is the one that was started."""
    current_default_thread_limiter().total_tokens = THREADS
    threading.Thread(target=_warm_up, args=(app,), daemon=True).start()
    yield
    app.state.desk.close()


def _warm_up(app: Starlette) -> None:
    """Read the rights, the registry and the cluster, for which the first save would else wait."""
    with suppress(Exception):  # whoever needs them is told what is wrong
        app.state.desk.may(Person("", ""), "")
        workshop(Request({"type": "http", "app": app})).judge.known()


class _Static(StaticFiles):
    """The editor's own files; a browser asks each time whether they changed, so an update is seen at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "no-cache"
        return answer


def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refused)
    return pages.refusal(request, problem)


_SAID = {404: "没有这个页面", 405: "这个页面不支持这种操作", 400: "请求不对"}


def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    return pages.refusal(request, Refused(_SAID.get(problem.status_code, "没有完成"), problem.status_code))
