"""Sessions of signed-in people. A cookie holds 256 random bits; the state file holds their SHA-256 alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass

from jiyue.editor.accounts.state import State

IDLE = 2 * 3600
"""Seconds without a request after which a session ends (GB/T 22239-2019 8.1.4.1 b: 会话超时)."""
LONGEST = 12 * 3600
"""Seconds after which it ends in any case."""
_SEEN_EVERY = 60
"""Seconds between two notes of the last request: not every request writes."""


@dataclass(frozen=True, slots=True)
class Session:
    """A live session. way: how the person signed in (machine, password, proxy); times in seconds since 1970."""

    id: str
    account: str
    way: str
    address: str
    created: float
    seen: float


class Sessions:
    """All sessions."""

    def __init__(self, state: State) -> None:
        self.state = state

    def begin(self, account: str, way: str, address: str) -> str:
        """A new session; gives its cookie. Whatever cookie the browser had before is worth nothing for it."""
        cookie, now = secrets.token_urlsafe(32), self.state.now()
        with self.state.writing() as write:
            write("DELETE FROM session WHERE seen < ? OR created < ?", now - IDLE, now - LONGEST)
            write("INSERT INTO session VALUES(?,?,?,?,?,?)", _digest(cookie), account, way, address, now, now)
        return cookie

    def find(self, cookie: str) -> Session | None:
        """The live session of a cookie."""
        now = self.state.now()
        rows = self.state.rows("SELECT * FROM session WHERE id = ?", _digest(cookie)) if cookie else []
        if not rows or now - rows[0]["seen"] > IDLE or now - rows[0]["created"] > LONGEST:
            return None
        found = Session(**dict(rows[0]))
        if now - found.seen > _SEEN_EVERY:
            with self.state.writing() as write:
                write("UPDATE session SET seen = ? WHERE id = ?", now, found.id)
        return found

    def of(self, account: str) -> list[Session]:
        """Those of an account, newest first."""
        rows = self.state.rows("SELECT * FROM session WHERE account = ? ORDER BY created DESC", account)
        now = self.state.now()
        return [Session(**dict(r)) for r in rows if now - r["seen"] <= IDLE and now - r["created"] <= LONGEST]

    def end(self, session: Session) -> None:
        """End one."""
        with self.state.writing() as write:
            write("DELETE FROM session WHERE id = ?", session.id)

    def end_all(self, account: str) -> None:
        """End all of an account."""
        with self.state.writing() as write:
            write("DELETE FROM session WHERE account = ?", account)

    def token(self, cookie: str) -> str:
        """The form token that belongs to a cookie."""
        return hmac.new(self.state.secret, b"form\0" + cookie.encode(), hashlib.sha256).hexdigest()

    def token_fits(self, cookie: str, token: str) -> bool:
        """Whether a form token belongs to a cookie; takes the same time whatever was sent."""
        return bool(cookie) and hmac.compare_digest(self.token(cookie).encode(), token.encode("utf-8", "replace"))


class Tickets:
    """One-time words for the address that a terminal shows. Only the newest is good, and only once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ticket = ""

    def new(self) -> str:
        """A new one."""
        with self._lock:
            self._ticket = secrets.token_urlsafe(32)
            return self._ticket

    def use(self, ticket: str) -> bool:
        """Whether this one is good; then it is used up."""
        with self._lock:
            good = bool(self._ticket) and hmac.compare_digest(self._ticket.encode(), ticket.encode("utf-8", "replace"))
            if good:
                self._ticket = ""
            return good


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()
