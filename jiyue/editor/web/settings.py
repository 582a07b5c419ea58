"""How an editor is reached, and how people sign in to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Literal

Network = IPv4Network | IPv6Network
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

Way = Literal["machine", "password", "proxy"]
"""machine: one person on their own machine, by a one-time address; password: local accounts; proxy: a header of the proxy."""


@dataclass(frozen=True, slots=True)
class Settings:
    """hosts: accepted `Host` names without port; origins: accepted `Origin` values, scheme, name and port.

    peers: from whose addresses a connection may come (the proxy's, or this machine's; a Unix socket always counts);
    header: of way "proxy", the name of the header that holds the account; account: of way "machine", who works here; remote: see Desk.
    """

    root: Path
    way: Way
    hosts: frozenset[str]
    origins: frozenset[str]
    peers: tuple[Network, ...] = LOOPBACK
    header: str = ""
    account: str = ""
    name: str = ""
    remote: str | None = None
    state: Path | None = None
    now: Callable[[], float] = field(default=time.time)

    @property
    def https(self) -> bool:
        """Whether people reach it by https alone."""
        return all(origin.startswith("https://") for origin in self.origins)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie. On one machine cookies don't tell ports apart, so the name does."""
        if self.https:
            return "__Host-jiyue"
        return "jiyue-" + min(self.origins).rpartition(":")[2]

    def is_peer(self, address: str) -> bool:
        """Whether a connection may come from there; '' is a Unix socket, whose folder's rights have decided."""
        if not address:
            return True
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in self.peers)


def on_this_machine(root: Path, port: int, account: str, name: str = "", remote: str | None = None) -> Settings:
    """For one person on their own machine."""
    origins = frozenset(f"http://{host}:{port}" for host in LOCAL_NAMES)
    return Settings(root, "machine", LOCAL_NAMES, origins, account=account, name=name, remote=remote)
