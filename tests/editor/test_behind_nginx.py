"""The editor behind a real nginx with TLS, configured by the block of docs/operations.md."""

from __future__ import annotations

import base64
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jiyue.editor.web.app import create_app
from jiyue.editor.web.pages import data, form_of
from jiyue.editor.web.server import Server
from tests.support.editor import HOST, settings
from tests.support.network import free_port
from tests.support.newsroom import Newsroom
from tests.support.nginx import nginx_command, running

OPERATIONS = Path(__file__).parents[2] / "docs/operations.md"
WRITER = "writer@x.example"


def _configuration(folder: Path, port: int, sign_in: str) -> str:
    """The documented block, with this test's port and files."""
    block = re.search(r"```nginx\n(.*?)```", OPERATIONS.read_text("utf-8"), re.DOTALL)
    assert block
    key = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", f"/CN={HOST}", "-keyout", f"{folder}/bianji.key", "-out", f"{folder}/bianji.pem"]
    subprocess.run([*key, *names], check=True, capture_output=True)
    text = block[1].replace("/run/jiyue/edit.sock", f"{folder}/edit.sock").replace("/etc/ssl/", f"{folder}/")
    return text.replace("listen 443", f"listen 127.0.0.1:{port}").replace('X-Remote-User ""', sign_in)


def _uploaded(request: Request) -> Response:
    [file] = form_of(request).uploads("file")
    return data({"size": len(file.data), "account": request.state.person.account})


class Client:
    """Asks nginx, with the cookies that it got."""

    def __init__(self, port: int) -> None:
        self.port, self.cookie, self.token = port, "", ""
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        connection = HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=60)
        sent = {
            "Host": HOST,
            "Cookie": self.cookie,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        connection.request(method, path, body or None, sent)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookie = value.partition(";")[0]
        text = answer.read().decode()
        connection.close()
        found = re.search(r'name="csrf" content="(\w+)"', text)
        self.token = found[1] if found else self.token
        return answer.status, text

    def upload(self, path: str, size: int, origin: str) -> tuple[int, str]:
        """A file of so many bytes."""
        head = (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        kind = {"Content_Type": "multipart/form-data; boundary=x", "X_CSRF_Token": self.token, "Origin": origin}
        return self.ask("POST", path, head + b"j" * size + b"\r\n--x--\r\n", **kind)


@contextmanager
def _behind_nginx(tmp_path: Path, header: str, sign_in: str) -> Iterator[tuple[Client, str]]:
    room, port = Newsroom(tmp_path), free_port()
    folder = tmp_path / "nginx"
    folder.mkdir()
    (folder / "sites.conf").write_text(_configuration(folder, port, sign_in), "utf-8")
    origin = f"https://{HOST}:{port}"
    desk = room.desk()
    way = "proxy" if header else "password"
    app = create_app(settings(room.path, origins=frozenset({origin}), header=header, way=way), desk)
    app.router.routes.insert(0, Route("/draft/{id}/files", _uploaded, methods=["POST"]))
    server = Server(app, unix=folder / "edit.sock")
    thread = server.start()
    with running(nginx_command(folder), folder, port):
        yield Client(port), origin
    server.stop()
    thread.join()
    app.state.sessions.state.close()
    desk.close()


def test_the_proxys_sign_in_and_a_file_of_25_megabytes(tmp_path: Path) -> None:
    password = subprocess.run(["openssl", "passwd", "-apr1", "x"], capture_output=True, text=True, check=True).stdout
    users = tmp_path / "users"
    users.write_text(f"{WRITER}:{password}nobody@x.example:{password}", "utf-8")
    sign_in = f'X-Remote-User $remote_user; auth_basic editor; auth_basic_user_file "{users}"'
    with _behind_nginx(tmp_path, "X-Remote-User", sign_in) as (client, origin):
        assert client.ask("GET", "/account", X_Remote_User=WRITER)[0] == 401  # nginx asks
        stranger = "Basic " + base64.b64encode(b"nobody@x.example:x").decode()
        assert client.ask("GET", "/account", Authorization=stranger)[0] == 401
        client.authorization = "Basic " + base64.b64encode(f"{WRITER}:x".encode()).decode()  # type: ignore[attr-defined]
        ask = client.ask
        client.ask = lambda *args, **more: ask(*args, Authorization=client.authorization, **more)  # type: ignore
        status, text = client.ask("GET", "/account", X_Remote_User="admin@x.example")
        assert status == 200 and f"账号 {WRITER}" in text
        assert client.cookie.startswith("__Host-jiyue=")
        assert client.upload("/draft/x/files", 25_000_000, origin) == (
            200,
            f'{{"size": 25000000, "account": "{WRITER}"}}',
        )
        assert client.upload("/draft/x/files", 28_000_000, origin)[0] == 413
        assert client.upload("/draft/x/files", 1_000, "https://evil.example")[0] == 403


def test_with_local_accounts_nobody_signs_in_by_a_header(tmp_path: Path) -> None:
    with _behind_nginx(tmp_path, "", 'X-Remote-User ""') as (client, _):
        assert client.ask("GET", "/account", X_Remote_User=WRITER)[0] == 303
        status, text = client.ask("GET", "/signin")
        assert status == 200 and "口令" in text
        assert client.cookie.startswith("__Host-jiyue-visitor=")
