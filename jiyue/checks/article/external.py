"""Links to other hosts, tried now and then: politely, remembered, and never a reason to stop a publication."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from jiyue.base.diagnostics import warning
from jiyue.checks.article.links import host_of, is_inner

EXTERNAL = warning(
    "link-external",
    "站外链接打不开",
    "站外网页会搬走、关停。打不开的链接在但对方网站也可能只是暂时故障，所以只提示。",
    "国办秘函〔2019〕19号",
)
RULES = (EXTERNAL,)

FRESH_DAYS = 7
"""Days for which an answer is valid; a bad one for one day only, because the fault may pass."""
PAUSE = 1.0
"""Seconds between two requests to one host."""
PATIENCE = 10.0
"""Seconds to wait for an answer."""
GIVE_UP = 3
"""Links of one host without any answer, after which it is left alone in this run."""
AGENT = "jiyue-linkcheck/1"
_DAY = "%Y-%m-%d %H:%M"

Fetch = Callable[[str], int]
"""An address -> the HTTP status, 0 where nobody answered."""


class _Outward(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but never to this machine or an inner network: an article must not steer requests there."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if is_inner(host_of(newurl)):
            raise ValueError(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(url: str) -> int:
    """HEAD, and GET where a server does not know HEAD; redirects followed; nothing of the body is read."""
    opener = urllib.request.build_opener(_Outward)
    status = 0
    for method in ("HEAD", "GET"):
        try:
            address = quote(url, safe="%/:=&?~#+!$,;'@()*[]")
            request = urllib.request.Request(address, method=method, headers={"User-Agent": AGENT})
            with opener.open(request, timeout=PATIENCE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as problem:
            status = problem.code
            if status not in (403, 405, 501):
                return status
        except (OSError, ValueError):
            return 0
    return status


class Answer(NamedTuple):
    """status: of HTTP, 0 for none; tried: when."""

    status: int
    tried: str


def try_links(
    urls: list[str],
    cached: Mapping[str, Answer],
    now: str,
    fetch: Fetch = fetch,
    pause: Callable[[float], None] = time.sleep,
) -> dict[str, Answer]:
    """The answer of each URL. cached: those of earlier runs; a fresh one is not tried again.

    A host that did not answer GIVE_UP times in a row is left for the next run: its links are not in the result.
    """
    known: dict[str, Answer] = {}
    last_host, silent = "", 0
    for url in sorted(set(urls), key=lambda url: (urlsplit(url).netloc, url)):
        old = cached.get(url)
        if old and _until(old) > now:
            known[url] = old
            continue
        host = urlsplit(url).netloc
        silent = silent if host == last_host else 0
        if silent >= GIVE_UP:
            continue
        if host == last_host:
            pause(PAUSE)
        last_host = host
        known[url] = Answer(fetch(url), now)
        silent = 0 if known[url].status else silent + 1
    return known


def is_bad(status: int) -> bool:
    """Whether an answer means that a reader finds nothing. Refused, limited or busy is not gone."""
    return status == 0 or status in (404, 410) or status == 451


def _until(answer: Answer) -> str:
    tried = datetime.strptime(answer.tried, _DAY)
    return (tried + timedelta(days=1 if is_bad(answer.status) else FRESH_DAYS)).strftime(_DAY)
