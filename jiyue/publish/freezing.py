"""The old hosts of an import, with where each of their addresses leads now: by the site's ledger, as on its own server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from jiyue.importers.moves import Move
from jiyue.publish.moved_addresses import ledger_addresses
from jiyue.publish.webserver.frozen import Frozen, sent_forms
from jiyue.registry.url_ledger import Ledger

_SAFE = "/~!&'()*+,;=:@-._"


def frozen_hosts(moves: Iterable[Move], ledger: Ledger, url: str, columns: Mapping[str, str]) -> list[Frozen]:
    """The old hosts other than the new site's own. url: of the new site; columns: of the new site, folder -> name."""
    base = url.rstrip("/")
    redirects: dict[str, dict[str, str]] = {}
    gone: dict[str, dict[str, None]] = {}
    lists: dict[str, dict[str, tuple[str, str, str]]] = {}
    for move in moves:
        for address in ledger_addresses(move, url):
            host, slash, path = address[2:].partition("/") if address.startswith("//") else ("", "", "")
            if not host:
                continue
            entry = ledger.get(address)
            for sent in sent_forms(slash + path):
                if entry and entry.to:
                    to = entry.to if urlsplit(entry.to).scheme else base + quote(entry.to, safe=_SAFE)
                    redirects.setdefault(host, {})[sent] = to
                elif entry and entry.gone:
                    gone.setdefault(host, {})[sent] = None
            if move.column and move.column in columns:
                lists.setdefault(host, {}).setdefault(
                    move.column, (slash + path, columns[move.column], f"{base}/{quote(move.column)}/")
                )
    return [
        Frozen(host, redirects.get(host, {}), list(gone.get(host, {})), list(lists.get(host, {}).values()))
        for host in sorted({*redirects, *gone})
    ]
