"""The audit log: who did what, when, from where. Append-only, each line bound to the one before by its digest; no secrets."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime

from jiyue.base import clock
from jiyue.editor.accounts.state import State

ACTIONS = {
    "sign-in": "登录",
    "sign-in-failed": "登录失败",
    "sign-out": "退出",
    "sign-out-all": "退出全部设备",
    "refused": "拒绝",
    "feed-renewed": "换了订阅地址",
    "account-add": "新建账号",
    "account-password": "改口令",
    "account-remove": "删除账号",
    "second-factor": "设置动态码",
    "recovery-code": "用恢复码登录",
    "begin": "起草",
    "save": "保存",
    "upload": "上传",
    "discard": "丢弃草稿",
    "submit": "送审",
    "approve": "审核通过",
    "return": "退回",
    "comment": "意见",
    "withdraw": "撤稿",
}


UNNAMED_A_MINUTE = 100
"""Lines about people who are not signed in: anyone can cause them, and nobody may fill the disk."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line. at: 'YYYY-MM-DD HH:MM:SS' in Beijing time; what: a key of ACTIONS; path and head: what it was done to."""

    at: str
    account: str
    address: str
    what: str
    path: str = ""
    head: str = ""
    detail: str = ""


class Log:
    """The log of a state file."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._unnamed = [0, 0]
        """The minute, and how many lines of people who are not signed in it has."""

    def add(self, account: str, address: str, what: str, path: str = "", head: str = "", detail: str = "") -> None:
        """Append a line; texts that are too long are cut. Of people who are not signed in, only so many a minute."""
        now = self.state.now()
        if not account:
            minute, count = self._unnamed
            self._unnamed = [int(now // 60), count + 1 if minute == int(now // 60) else 1]
            if self._unnamed[1] > UNNAMED_A_MINUTE:
                return
            if self._unnamed[1] == UNNAMED_A_MINUTE:
                detail = f"{detail}（这一分钟里后面的不再记录）"
        line = (f"{now:.3f}", account[:200], address[:80], what, path[:500], head[:64], detail[:500])
        with self.state.writing() as write:
            last = write("SELECT digest FROM log ORDER BY id DESC LIMIT 1")
            digest = _digest(last[0][0] if last else "", line)
            write(
                "INSERT INTO log(at, account, address, what, path, head, detail, digest) VALUES(?,?,?,?,?,?,?,?)",
                float(line[0]), *line[1:], digest,
            )  # fmt: skip

    def entries(self, since: float = 0) -> list[Entry]:
        """The lines since a moment, oldest first."""
        rows = self.state.rows("SELECT * FROM log WHERE at >= ? ORDER BY id", since)
        return [
            Entry(_moment(r["at"]), r["account"], r["address"], r["what"], r["path"], r["head"], r["detail"])
            for r in rows
        ]

    def broken(self) -> int:
        """The first line that was changed or taken out after it was written; 0 for none. Lines cut off the end are not seen."""
        last = ""
        for number, row in enumerate(self.state.rows("SELECT * FROM log ORDER BY id"), 1):
            line = (f"{row['at']:.3f}", *(row[c] for c in ("account", "address", "what", "path", "head", "detail")))
            last = _digest(last, line)
            if last != row["digest"] or row["id"] != number:
                return number
        return 0


def as_csv(entries: Iterable[Entry]) -> str:
    """As a table for a spreadsheet: no cell begins with a character that makes a formula."""
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["时间", "账号", "来源地址", "操作", "稿件", "提交", "说明"])
    for entry in entries:
        cells = list(astuple(entry))
        cells[3] = ACTIONS.get(entry.what, entry.what)
        table.writerow(["'" + c if c[:1] in ("=", "+", "-", "@", "\t", "\r") else c for c in cells])
    return file.getvalue()


def _digest(last: str, line: tuple[str, ...]) -> str:
    parts = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in (last, *line))
    return hashlib.sha256(parts).hexdigest()


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, clock.BEIJING).strftime("%Y-%m-%d %H:%M:%S")
