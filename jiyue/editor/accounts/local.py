"""Local accounts: a password (argon2id) and a second factor (TOTP, RFC 6238), or one of ten recovery codes."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from functools import cached_property

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from jiyue.editor.accounts.state import State
from jiyue.editor.model import Refused

SHORTEST = 12
"""Characters of a password; below LONG_ENOUGH also three kinds of them (GB/T 22239-2019 8.1.4.1 a: 复杂度)."""
LONG_ENOUGH = 20
LONGEST = 200
"""Bound on what is hashed."""
RECOVERY_CODES = 10
_STEP = 30
"""Seconds of a code (RFC 6238)."""
_AT_ONCE, _IN_LINE = threading.BoundedSemaphore(2), threading.BoundedSemaphore(10)
"""How many passwords are hashed at a time, each in 64 MiB, and how many may wait for it: anyone can send one, and a thread
that waits serves nobody else."""


@dataclass(frozen=True, slots=True)
class Local:
    """A local account. confirmed: whether its second factor is set up."""

    name: str
    since: float
    confirmed: bool


class Accounts:
    """All local accounts. What they may do stands in `sites/rights.yaml`, not here."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._hasher = PasswordHasher()  # argon2id, RFC 9106's second recommendation: 64 MiB, 3 passes, 4 lanes

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(16))

    def all(self) -> list[Local]:
        """By name."""
        rows = self.state.rows("SELECT name, since, confirmed FROM account ORDER BY name")
        return [Local(r["name"], r["since"], bool(r["confirmed"])) for r in rows]

    def find(self, name: str) -> Local | None:
        """An account by its exact name."""
        return next((a for a in self.all() if a.name == name), None)

    def set_password(self, name: str, password: str, keep_factor: bool = True) -> None:
        """Make an account, or give it a new password; without keep_factor its second factor is set up anew."""
        hashed = self._hasher.hash(password)
        with self.state.writing() as write:
            write(
                "INSERT INTO account(name, password, since) VALUES(?,?,?)"
                " ON CONFLICT(name) DO UPDATE SET password = excluded.password, since = excluded.since",
                name, hashed, self.state.now(),
            )  # fmt: skip
            if not keep_factor:
                write("UPDATE account SET totp = '', confirmed = 0, step = 0 WHERE name = ?", name)
                write("DELETE FROM recovery WHERE account = ?", name)
            write("DELETE FROM session WHERE account = ?", name)

    def remove(self, name: str) -> None:
        """Remove an account with its sessions."""
        with self.state.writing() as write:
            for table, column in (("account", "name"), ("recovery", "account"), ("session", "account")):
                write(f"DELETE FROM {table} WHERE {column} = ?", name)

    def password_fits(self, name: str, password: str) -> bool:
        """Whether this is the account's password. An account that does not exist takes as long as one that does.

        Raises Refused where too many ask at once.
        """
        rows = self.state.rows("SELECT password FROM account WHERE name = ?", name)
        nobody = self._nobody  # made at the first sign-in of all, whoever it is
        stored = rows[0]["password"] if rows else nobody
        if not _IN_LINE.acquire(blocking=False):
            raise Refused("这一会儿登录的人太多，请稍后再试", 503)
        try:
            with _AT_ONCE:
                return self._hasher.verify(stored, password[:LONGEST]) and bool(rows)
        except (VerificationError, InvalidHashError):
            return False
        finally:
            _IN_LINE.release()

    # -- second factor --

    def new_factor(self, name: str) -> str:
        """A new key for the account's code generator, not valid until it is confirmed by confirm()."""
        key = pyotp.random_base32()
        with self.state.writing() as write:
            write("UPDATE account SET totp = ? WHERE name = ? AND confirmed = 0", key, name)
        return key

    def factor(self, name: str) -> str:
        """The key that waits to be confirmed; '' for none."""
        rows = self.state.rows("SELECT totp FROM account WHERE name = ? AND confirmed = 0", name)
        return str(rows[0]["totp"]) if rows else ""

    def confirm(self, name: str, code: str) -> list[str]:
        """Confirm the new key by a code of it; gives recovery codes, to be shown this once. [] if the code is wrong."""
        if not self._code_fits(name, code, confirmed=False):
            return []
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        with self.state.writing() as write:
            write("UPDATE account SET confirmed = 1 WHERE name = ?", name)
            write("DELETE FROM recovery WHERE account = ?", name)
            for one in codes:
                write("INSERT INTO recovery VALUES(?,?)", name, _digest(one))
        return codes

    def factor_fits(self, name: str, code: str) -> str:
        """'totp' or 'recovery' if the code is good. Either kind is good once."""
        if self._code_fits(name, code, confirmed=True):
            return "totp"
        with self.state.writing() as write:
            used = write("DELETE FROM recovery WHERE account = ? AND code = ? RETURNING code", name, _digest(code))
        return "recovery" if used else ""

    def _code_fits(self, name: str, code: str, *, confirmed: bool) -> bool:
        """A clock may be one step off. A step that was used, or an earlier one, is refused: codes are no good twice."""
        code = code.replace(" ", "")
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            return False
        with self.state.writing() as write:
            rows = write("SELECT totp, step FROM account WHERE name = ? AND confirmed = ?", name, int(confirmed))
            if not rows or not rows[0]["totp"]:
                return False
            generator, now = pyotp.TOTP(rows[0]["totp"]), int(self.state.now() // _STEP)
            for step in (now - 1, now, now + 1):
                fits = secrets.compare_digest(generator.generate_otp(step), code)
                if fits and step > rows[0]["step"]:
                    write("UPDATE account SET step = ? WHERE name = ?", step, name)
                    return True
        return False


def provisioning(name: str, key: str) -> str:
    """The address that a code generator reads from a picture."""
    return pyotp.TOTP(key).provisioning_uri(name=name, issuer_name="集约编辑")


def password_problem(name: str, password: str) -> str:
    """Why a new password is not good enough, in Chinese; '' if it is."""
    kinds = sum(
        any(test(c) for c in password)
        for test in (str.islower, str.isupper, str.isdigit, lambda c: not c.isascii() or not c.isalnum())
    )
    if len(password) < SHORTEST:
        return f"口令太短：至少 {SHORTEST} 个字符"
    if len(password) > LONGEST:
        return f"口令太长：最多 {LONGEST} 个字符"
    if len(set(password)) < 6 or name.partition("@")[0].casefold() in password.casefold():
        return "口令太好猜：不要包含账号，也不要反复用几个字符"
    if kinds < 3 and len(password) < LONG_ENOUGH:
        return f"口令要有小写字母、大写字母、数字、符号中的三种，或者不少于 {LONG_ENOUGH} 个字符"
    return ""


def _recovery_code() -> str:
    digits = secrets.token_hex(10)
    return "-".join(digits[at : at + 5] for at in range(0, 20, 5))


def _digest(code: str) -> str:
    """80 random bits need no slow digest."""
    return hashlib.sha256(code.strip().lower().replace("-", "").encode("utf-8", "replace")).hexdigest()
