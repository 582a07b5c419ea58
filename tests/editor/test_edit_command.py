"""`jiyue edit` as a process: who may start it, its accounts and log, and kill -9 at any moment."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from jiyue.cli import main
from jiyue.editor.accounts import local
from jiyue.editor.accounts.state import PLACE
from jiyue.editor.model import State
from tests.support.network import free_port
from tests.support.newsroom import PATH, PEOPLE, Newsroom, article

WRITER = "writer@x.example"
PASSWORD = "Chuntian-Li-2026"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return Newsroom(tmp_path_factory.mktemp("edit"))


def _call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *args: str, stdin: str = ""
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["jiyue", "edit", *args])
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    said = capsys.readouterr()
    return int(code or 0), said.out + said.err


def test_who_may_start_it_and_for_whom(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = ["--root", str(room.path)]
    for args, words in [
        (
            ["--as", "nobody@x.example"],
            "sites/rights.yaml 里没有账号「nobody@x.example」。请写 --as 账号。已有的账号：",
        ),
        (["--host", "0.0.0.0"], "供多人使用要写 --url https://…"),
        (["--proxy-header", "X-Remote-User"], "供多人使用要写 --url https://…"),
        (["--url", "http://bianji.example"], "--url 写成 https://bianji.example，没有路径"),
        (["--url", "https://bianji.example/x"], "没有路径"),
        (["--url", "https://bianji.example", "--peer", "nginx"], "--peer 写 IP 地址或者网段"),
    ]:
        code, said = _call(monkeypatch, capsys, *args, *root)
        assert (code, words in said) == (2, True), said
    code, said = _call(monkeypatch, capsys, "--root", str(tmp_path))
    assert code == 2 and "没有人可以登录" in said


def test_accounts_and_log_on_the_terminal(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(room.path)]
    monkeypatch.setattr(local, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1))

    def user(*args: str, stdin: str = "") -> tuple[int, str]:
        return _call(monkeypatch, capsys, "user", *args, *root, stdin=stdin)

    assert user("add", "nobody@x.example", stdin=PASSWORD) == (
        2, "sites/rights.yaml 里没有账号「nobody@x.example」（以提交到主分支的为准）。先登记权限，再设口令\n",
    )  # fmt: skip
    for password, why in [("short", "口令太短"), ("writer-Writer-1", "口令太好猜"), ("alllowercaseword", "口令要有")]:
        code, said = user("add", WRITER, stdin=password)
        assert code == 2 and why in said
    assert user("add", WRITER, stdin=PASSWORD)[0] == 0
    assert user("add", WRITER, stdin=PASSWORD) == (2, f"已经有账号「{WRITER}」\n")
    assert user("passwd", WRITER, stdin="Qiutian-Shi-2026")[0] == 0
    code, said = user("list")
    assert code == 0 and f"{WRITER}　还没有设置动态码" in said
    assert user("remove", WRITER)[0] == 0
    assert user("passwd", WRITER, stdin=PASSWORD) == (2, f"没有账号「{WRITER}」\n")
    code, said = _call(monkeypatch, capsys, "log", "--csv", *root)
    assert code == 0 and said.splitlines()[0] == "时间,账号,来源地址,操作,稿件,提交,说明"
    assert [line.split(",")[3] for line in said.splitlines()[1:]] == ["新建账号", "改口令", "删除账号"]
    assert PASSWORD not in said
    assert oct((room.path / PLACE).stat().st_mode)[-3:] == "600"


@contextmanager
def _edit(room: Newsroom, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `jiyue edit`, and the address that it printed; killed in the end."""
    command = [
        sys.executable,
        "-m",
        "jiyue",
        "edit",
        "--root",
        str(room.path),
        "--port",
        str(port),
        "--as",
        WRITER,
        "--no-browser",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, env={**os.environ})
    assert process.stdout
    address = re.search(r"http://\S+", process.stdout.readline())
    assert address
    try:
        yield process, address[0].replace("localhost", "127.0.0.1")
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


def _submit(browser: httpx.Client, path: str, port: int, **fields: str) -> int:
    token = re.search(r'name="csrf" content="(\w+)"', browser.get("/account").text)
    assert token
    origin = {"origin": f"http://127.0.0.1:{port}"}
    return browser.post(path, data={"_csrf": token[1], **fields}, headers=origin).status_code


def test_killed_between_steps_it_goes_on_where_it_was(room: Newsroom) -> None:
    desk, port = room.desk(), free_port()
    one = desk.begin(PEOPLE["writer"], PATH, article())
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as browser:
        with _edit(room, port) as (process, address):
            assert process.stdin and process.stdout
            process.stdout.readline()
            assert browser.get(address).status_code == 303
            browser.cookies.clear()
            assert browser.get(address).status_code == 403
            process.stdin.write("\n")
            process.stdin.flush()
            assert browser.get(process.stdout.readline().strip().replace("localhost", "127.0.0.1")).status_code == 303
            text = desk.text(PEOPLE["writer"], PATH, one.id)
            assert (
                _submit(browser, f"/draft/{one.id}/merge", port, base=text.blob, text=text.data.decode() + "第二段。\n")
                == 303
            )
        with _edit(room, port):
            assert "第二段。" in browser.get(f"/draft/{one.id}/review").text
            assert (
                _submit(browser, f"/draft/{one.id}/submit", port, head=desk.draft(PEOPLE["writer"], one.id).head) == 303
            )
    assert desk.draft(PEOPLE["writer"], one.id).state is State.WAITING
    desk.close()
