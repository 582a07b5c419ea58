"""The editor's state: one SQLite file, `.jiyue/editor/state.db`. What is written is never content, so losing it loses no work.

WAL with full synchronisation: what was answered survives `kill -9` and a power cut. Passwords, recovery codes and sessions
are stored as digests alone; the keys of the second factor can't be, so the file is its owner's alone (0600).
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PLACE = Path(".jiyue/editor/state.db")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS setting(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS account(
  name TEXT PRIMARY KEY, password TEXT NOT NULL, since REAL NOT NULL,
  totp TEXT NOT NULL DEFAULT '', confirmed INTEGER NOT NULL DEFAULT 0, step INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS recovery(account TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY(account, code)) STRICT;
CREATE TABLE IF NOT EXISTS session(
  id TEXT PRIMARY KEY, account TEXT NOT NULL, way TEXT NOT NULL, address TEXT NOT NULL,
  created REAL NOT NULL, seen REAL NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS session_account ON session(account);
CREATE TABLE IF NOT EXISTS failure(key TEXT PRIMARY KEY, count INTEGER NOT NULL, last REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS log(
  id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, account TEXT NOT NULL, address TEXT NOT NULL,
  what TEXT NOT NULL, path TEXT NOT NULL, head TEXT NOT NULL, detail TEXT NOT NULL, digest TEXT NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS log_is_not_changed BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS log_is_not_deleted BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""


class State:
    """The opened file. Safe in many threads, and beside other processes (`jiyue edit user …`). now: seconds since 1970."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self.now = now
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;")
        with self.writing() as write:
            for statement in _SCHEMA.split(";\n"):
                write(statement)
            write("INSERT OR IGNORE INTO setting VALUES('secret', ?)", secrets.token_bytes(32))
        self.secret: bytes = self.rows("SELECT value FROM setting WHERE name = 'secret'")[0][0]
        """The key of form tokens; it never leaves the file."""

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """The rows of a query."""
        with self._lock:
            return self._database.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[Callable[..., list[Any]]]:
        """A transaction: gives a function that runs one statement. Nothing is written if the block raises."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield lambda query, *values: self._database.execute(query, values).fetchall()
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()
