"""IndexNow (indexnow.org): one POST of JSON reaches Bing and the engines that share with it. Baidu is not among them.

The key is public: the site's file names it (`indexnow_key`), and the build publishes it at `<key>.txt`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from jiyue.publish.submit.http import post
from jiyue.publish.submit.outcome import NextStep, Send, SubmitOutcome

ENDPOINT = "https://api.indexnow.org/indexnow"
MOST, MOST_BYTES = 10_000, 10_000_000

_SAID = {
    400: "IndexNow 说格式不对",
    403: "IndexNow 找不到或不认密钥文件：先发布站点，再推送",
    422: "IndexNow 说网址不属于这个站点，或密钥不合规定",
    429: "IndexNow 嫌推送太频繁，过一会儿再运行",
}


def sender(site_url: str, key: str, sleep: Callable[[float], None], endpoint: str = ENDPOINT) -> Send:
    """200 and 202 (key not checked yet) both mean that the addresses were received."""

    def send(batch: Sequence[str], outcome: SubmitOutcome) -> NextStep:
        payload = {
            "host": urlsplit(site_url).netloc,
            "key": key,
            "keyLocation": f"{site_url}/{key}.txt",
            "urlList": list(batch),
        }
        answer = post(endpoint, json.dumps(payload).encode(), "application/json; charset=utf-8", sleep)
        if answer.status in (200, 202):
            outcome.accepted += batch
            return NextStep.FINE
        why = f"HTTP {answer.status}" if answer.status else f"连不上（{answer.text}）"
        outcome.problem = _SAID.get(answer.status) or f"IndexNow 没有接收：{why}"
        return NextStep.TOO_MUCH if answer.status == 413 else NextStep.STOP

    return send
