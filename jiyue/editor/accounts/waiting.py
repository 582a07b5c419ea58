"""Waiting after failed sign-ins: by account and by address, twice as long each time (GB/T 22239-2019 8.1.4.1 b: 登录失败处理)."""

from __future__ import annotations

import math
from contextlib import suppress
from ipaddress import ip_network

from jiyue.editor.accounts.state import State

FREE_BY_ACCOUNT = 5
"""Failures of an account that cost nothing."""
FREE_BY_ADDRESS = 20
"""Failures from an address that cost nothing: a whole office may stand behind one."""
FIRST, LONGEST = 30, 15 * 60
"""Seconds of the first wait and of the longest: who knows a colleague's name can't lock them out for long."""
_FORGOTTEN = 24 * 3600


class Waiting:
    """Counts failures under any keys, of accounts that don't exist, too: the answers must not tell which do."""

    def __init__(self, state: State) -> None:
        self.state = state

    def begin(self, account: str, address: str) -> int:
        """Ask for an attempt: gives the seconds that it has to wait still, or 0 and counts it as failed until succeeded().

        It is counted before the password is looked at, so that many at once get no more attempts than one after another.
        """
        now = self.state.now()
        left = 0.0
        with self.state.writing() as write:
            write("DELETE FROM failure WHERE last < ?", now - _FORGOTTEN)
            for key, free in _keys(account, address):
                for row in write("SELECT count, last FROM failure WHERE key = ?", key):
                    over = row["count"] - free
                    if over >= 0:
                        left = max(left, row["last"] + min(FIRST * 2 ** min(over, 10), LONGEST) - now)
            if left <= 0:
                for key, _ in _keys(account, address):
                    write(
                        "INSERT INTO failure VALUES(?, 1, ?) ON CONFLICT(key) DO UPDATE SET count = count + 1, last = ?",
                        key, now, now,
                    )  # fmt: skip
        return max(0, math.ceil(left))

    def succeeded(self, account: str, address: str) -> None:
        """The attempt was good: the account's failures are forgotten, of the address only this attempt."""
        of_account, of_address = (key for key, _ in _keys(account, address))
        with self.state.writing() as write:
            write("DELETE FROM failure WHERE key = ?", of_account)
            write("UPDATE failure SET count = count - 1 WHERE key = ? AND count > 0", of_address)

    def forget(self, account: str) -> None:
        """Forget an account's failures, because an administrator gave it a new password."""
        with self.state.writing() as write:
            write("DELETE FROM failure WHERE key = ?", _keys(account, "")[0][0])


def _keys(account: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    """IPv6 by its /64: whoever has one address of it has all."""
    if ":" in address:
        with suppress(ValueError):
            address = str(ip_network(f"{address.partition('%')[0]}/64", strict=False))
    return ("account " + account.strip().casefold()[:200], FREE_BY_ACCOUNT), ("address " + address, FREE_BY_ADDRESS)
