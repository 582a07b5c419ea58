"""`jiyue submit`: what changed since an engine last accepted it, sent in batches, remembered as it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from jiyue.submit import baidu, indexnow
from jiyue.submit.memory import Memory
from jiyue.submit.outcome import Outcome, in_batches
from jiyue.submit.pages import changed

Engine = Literal["baidu", "indexnow"]


def pending(
    engine: Engine, site: str, after: Mapping[str, str], state: Path, before: Mapping[str, str] | None = None
) -> list[str]:
    """What would be sent: new and changed since the engine accepted it; the first time, since `before` (None: everything)."""
    accepted = Memory(state, f"{engine} {site}").accepted
    return changed((before or {}) if accepted is None else accepted, after)


def submit(
    engine: Engine,
    site: str,
    site_url: str,
    secret: str,
    after: Mapping[str, str],
    state: Path,
    *,
    before: Mapping[str, str] | None = None,
    dry_run: bool = True,
    endpoint: str = "",
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Send a site's new and changed addresses to an engine, or with dry_run only say which (`left`).

    site is the site's id, site_url its address; secret is Baidu's token or IndexNow's key; before and after map
    addresses to digests (jiyue.submit.pages); state is the file that remembers.
    """
    urls = pending(engine, site, after, state, before)
    if dry_run or not urls:
        return Outcome(left=urls)
    if not secret:
        missing = f"没有设置环境变量 {baidu.TOKEN}" if engine == "baidu" else f"sites/{site}.yaml 没有写 indexnow_key"
        return Outcome(left=urls, problem=missing)
    memory = Memory(state, f"{engine} {site}")
    known = {u: d for u, d in ((before or {}) if memory.accepted is None else memory.accepted).items() if u in after}

    def remember(accepted: list[str]) -> None:
        known.update({url: after[url] for url in accepted})
        memory.keep(known)

    room = baidu if engine == "baidu" else indexnow
    send = room.sender(site_url, secret, sleep, endpoint or room.ENDPOINT)
    return in_batches(urls, room.MOST, room.MOST_BYTES, send, remember)
