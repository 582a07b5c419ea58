"""百度搜索资源平台 普通收录 API: one address a line, a token, a daily quota that manual submissions share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from jiyue.publish.submit.http import Answer, post
from jiyue.publish.submit.outcome import NextStep, Send, SubmitOutcome

ENDPOINT = "http://data.zz.baidu.com/urls"
TOKEN = "BAIDU_PUSH_TOKEN"
"""Name of the environment variable; a token is never in the repository."""
MOST, MOST_BYTES = 2_000, 10_000_000
"""`only 2000 urls are allowed once`; more than 10 MB is answered with 413."""

_NOT_OURS, _INVALID = "不是本站网址", "网址不合法"
_SAID = {
    "token is not valid": "百度不认这个 token：核对环境变量 BAIDU_PUSH_TOKEN",
    "site error": "这个站点没有在百度搜索资源平台验证",
    "not found": "百度的接口地址变了：请升级本平台",
    "over quota": "今天的推送配额已用完，明天再运行，未送出的会接着推送",
}


def sender(site_url: str, token: str, sleep: Callable[[float], None], endpoint: str = ENDPOINT) -> Send:
    """site_url: as registered with Baidu, such as https://www.jl.example."""
    address = f"{endpoint}?{urlencode({'site': site_url, 'token': token})}"

    def send(batch: Sequence[str], outcome: SubmitOutcome) -> NextStep:
        answer = post(address, "\n".join(batch).encode(), "text/plain", sleep)
        reply = _json(answer)
        if answer.status == 200 and "success" in reply:
            return _received(batch, reply, outcome)
        message = str(reply.get("message", ""))
        outcome.problem = _SAID.get(message) or f"百度没有接收：{_why(answer, message)}"
        too_much = answer.status == 413 or message == "over quota" or message.startswith("only 2000")
        return NextStep.TOO_MUCH if too_much else NextStep.STOP

    return send


def _received(batch: Sequence[str], reply: dict[str, Any], outcome: SubmitOutcome) -> NextStep:
    """success counts, the two lists name what was refused; where they don't add up nothing is taken for accepted."""
    refused = dict.fromkeys(reply.get("not_same_site") or (), _NOT_OURS)
    refused.update(dict.fromkeys(reply.get("not_valid") or (), _INVALID))
    if isinstance(reply.get("remain"), int):
        outcome.remain = reply["remain"]
    accepted = [url for url in batch if url not in refused]
    if reply["success"] != len(accepted):
        outcome.problem = f"百度说收下 {reply['success']} 条，但没有说是哪些；这一批下次再推送"
        return NextStep.STOP
    outcome.accepted += accepted
    outcome.refused |= {url: refused[url] for url in batch if url in refused}
    return NextStep.FINE


def _json(answer: Answer) -> dict[str, Any]:
    try:
        reply = json.loads(answer.text)
    except ValueError:
        return {}
    return reply if isinstance(reply, dict) else {}


def _why(answer: Answer, message: str) -> str:
    if not answer.status:
        return f"连不上（{answer.text}）"
    return f"HTTP {answer.status}" + (f"，{message[:100]}" if message else "")
