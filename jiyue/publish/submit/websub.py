"""WebSub (W3C): tell a hub which feeds have changed; it fetches them and passes them on to who has subscribed there.

The hub is named in the site's file (`hub`) and in each feed. What a hub wants from a publisher the recommendation leaves
open (§ 6); all take the form of PubSubHubbub 0.4: hub.mode=publish, and hub.url for each feed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlencode

from jiyue.base.patterns import pattern
from jiyue.publish.submit.http import post
from jiyue.publish.submit.outcome import NextStep, Send, SubmitOutcome

MOST, MOST_BYTES = 100, 100_000
_FEED = pattern(
    r"(?:.*/)?(?:feed(?:\.(?:topic|keyword)\.[0-9a-f]{8})?\.(?:atom|rss|json))|cluster\.(?:atom|rss|json)|alerts/index\.atom"
)


def feeds(url: str, files: Mapping[str, str]) -> dict[str, str]:
    """Address -> digest of each feed. files: path below the site's root -> digest; url: the site's."""
    return {f"{url}/{quote(path)}": digest for path, digest in files.items() if _FEED.fullmatch(path)}


def of_output(url: str, folder: Path) -> dict[str, str]:
    """The same for one site's output or release. Raises OSError where it is not built."""
    (folder / "index.html").stat()
    found = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")))
    return feeds(
        url, {name: sha256((folder / name).read_bytes()).hexdigest() for name in found if _FEED.fullmatch(name)}
    )


def sender(hub: str, sleep: Callable[[float], None]) -> Send:
    """Any 2xx means that the hub will fetch them."""

    def send(batch: Sequence[str], outcome: SubmitOutcome) -> NextStep:
        body = urlencode([("hub.mode", "publish"), *(("hub.url", url) for url in batch)]).encode()
        answer = post(hub, body, "application/x-www-form-urlencoded", sleep)
        if 200 <= answer.status < 300:
            outcome.accepted += batch
            return NextStep.FINE
        why = f"HTTP {answer.status}" if answer.status else f"连不上（{answer.text}）"
        outcome.problem = f"WebSub 中心没有接收：{why}；下次发布时再通知"
        return NextStep.TOO_MUCH if answer.status == 413 else NextStep.STOP

    return send
