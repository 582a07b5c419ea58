"""`jiyue submit`: what changed since an engine last answered, sent in batches, remembered as it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from jiyue.publish.submit import baidu, indexnow, websub
from jiyue.publish.submit.outcome import SubmitOutcome, in_batches
from jiyue.publish.submit.pages import changed_urls
from jiyue.publish.submit.state import SubmitState

Engine = Literal["baidu", "indexnow", "websub"]


def load_state(
    engine: Engine, site: str, after: Mapping[str, str], state: Path, before: Mapping[str, str] | None, *, again: bool
) -> SubmitState:
    """The stored answers for the pages that still exist. again: forget refusals, so that they are sent once more."""
    memory = SubmitState(state, f"{engine} {site}")
    if memory.new:
        memory.accepted = dict(before or {})
    if again:
        memory.refused = {}
    memory.accepted = {url: digest for url, digest in memory.accepted.items() if url in after}
    memory.refused = {url: digest for url, digest in memory.refused.items() if url in after}
    return memory


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
    again: bool = False,
    endpoint: str = "",
    sleep: Callable[[float], None] = time.sleep,
) -> SubmitOutcome:
    """Send a site's new and changed addresses to an engine, or with dry_run only say which (`left`).

    site is the site's id, site_url its address; secret is Baidu's token, IndexNow's key or the address of the WebSub hub; before
    and after map addresses to digests (jiyue.publish.submit.pages), before counts as known the first time (None: nothing is);
    state is the file that remembers. What an engine refused (`not_same_site`, `not_valid`) is not offered again until the
    article changes, unless again is set; addresses that it didn't accept for lack of quota or time are.
    """
    memory = load_state(engine, site, after, state, before, again=again)
    urls = changed_urls(memory.answered, after)
    if dry_run or not urls:
        return SubmitOutcome(left=urls)
    if not secret:
        key = "hub" if engine == "websub" else "indexnow_key"
        missing = f"没有设置环境变量 {baidu.TOKEN}" if engine == "baidu" else f"sites/{site}.yaml 没有写 {key}"
        return SubmitOutcome(left=urls, problem=missing)

    def remember(accepted: Sequence[str], refused: Sequence[str]) -> None:
        memory.keep({url: after[url] for url in accepted}, {url: after[url] for url in refused})

    if engine == "websub":
        return in_batches(urls, websub.MOST, websub.MOST_BYTES, websub.sender(secret, sleep), remember)
    room = baidu if engine == "baidu" else indexnow
    send = room.sender(site_url, secret, sleep, endpoint or room.ENDPOINT)
    return in_batches(urls, room.MOST, room.MOST_BYTES, send, remember)
