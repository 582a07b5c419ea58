"""The visual editor alone: a page with its form and the addresses that it asks, without sign-in and git."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from jiyue.editor.model import Refused
from jiyue.editor.web import app, visual
from jiyue.editor.web.security import PAGE_POLICY, Form, Upload

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>编辑</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/editor.css"><link rel="stylesheet" href="/static/visual.css"></head>
<body><main class="wrap"><h1>编辑</h1>
<form id="article" method="post" action="/draft/0123456789ab/"><input type="hidden" name="_csrf" value="t">
<p class="stack"><label for="title">标题</label> <input id="title" name="title"></p>
<p><label for="body">正文</label></p>
<textarea id="body" name="body" rows="20">
{}</textarea>
<button id="save">保存</button></form></main><script src="/static/visual.js" defer></script></body></html>"""


@dataclass
class Editing:
    """What is being edited: the body as it was saved last, files that were uploaded. url: of the page."""

    body: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    saves: int = 0
    url: str = ""


class _Forms:
    """Gives pages the JSON or the file that was sent, as the gate does."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            scope.setdefault("state", {})["form"] = await _form(Request(scope, receive))
        await self.inner(scope, receive, send)


async def _form(request: Request) -> Form:
    if request.headers["content-type"] == "application/json":
        return Form(json=json.loads(await request.body()))
    async with request.form() as sent:
        file = sent["file"]
        assert not isinstance(file, str)
        return Form(files=(("file", Upload(str(file.filename), str(file.content_type), await file.read())),))


def application(editing: Editing) -> Starlette:
    """The page at /draft/0123456789ab/ and what it asks."""

    def show(_: Request) -> Response:
        return HTMLResponse(PAGE.format(escape(editing.body)), headers={"content-security-policy": PAGE_POLICY})

    async def save(request: Request) -> Response:
        async with request.form() as form:
            editing.body = str(form["body"]).replace("\r\n", "\n")
        editing.saves += 1
        return HTMLResponse("<!doctype html><html lang=zh-CN><title>已保存</title><p>已保存")

    async def bring(request: Request) -> Response:
        async with request.form() as form:
            file = form["file"]
            assert not isinstance(file, str)
            editing.files[str(file.filename)] = await file.read()
            return JSONResponse({"name": file.filename})

    def refused(_: Request, problem: Exception) -> Response:
        assert isinstance(problem, Refused)
        return JSONResponse({"error": str(problem)}, problem.status)

    def file(request: Request) -> Response:
        return Response(editing.files.get(request.path_params["name"], b""), media_type="image/png")

    draft = "/draft/0123456789ab/"
    routes = [
        Route(draft, show), Route(draft, save, methods=["POST"]), Route(f"{draft}files", bring, methods=["POST"]),
        Route(draft + "files/{name}", file), Mount("/static", StaticFiles(directory=app.STATIC)), *visual.routes,
    ]  # fmt: skip
    made = Starlette(routes=routes, exception_handlers={Refused: refused})
    made.add_middleware(_Forms)
    return made


@contextmanager
def editing_served() -> Iterator[Editing]:
    """The editor on a free port of the loopback address."""
    editing = Editing()
    server = uvicorn.Server(
        uvicorn.Config(application(editing), host="127.0.0.1", port=0, log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    editing.url = f"http://127.0.0.1:{port}/draft/0123456789ab/"
    try:
        yield editing
    finally:
        server.should_exit = True
        thread.join(60)
