"""Checks links to other hosts: rate-limited, cached, and never a reason to stop a publication."""

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
"""Days for which an answer is cached. A bad one is cached for one day only, because the fault may be temporary."""
PAUSE = 1.0
"""Seconds between two requests to one host."""
PATIENCE = 10.0
"""Seconds to wait for an answer."""
GIVE_UP = 3
"""Links in a row without an answer after which a host is skipped for this run."""
AGENT = "jiyue-linkcheck/1"
_DAY = "%Y-%m-%d %H:%M"

Fetch = Callable[[str], int]
"""An address -> the HTTP status, 0 if there was no answer."""


class _Outward(urllib.request.HTTPRedirectHandler):
    """Follows redirects, except to this machine or an internal network: an article must not steer requests there."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if is_inner(host_of(newurl)):
            raise ValueError(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(url: str) -> int:
    """The status by HEAD, or by GET if the server rejects HEAD. Follows redirects; does not read the body."""
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
    """status: the HTTP status, 0 for no answer; tried: when, 'YYYY-MM-DD HH:MM'."""

    status: int
    tried: str


def try_links(
    urls: list[str],
    cached: Mapping[str, Answer],
    now: str,
    fetch: Fetch = fetch,
    pause: Callable[[float], None] = time.sleep,
) -> dict[str, Answer]:
    """URL -> answer. cached: the answers of earlier runs; URLs with a fresh one are not tried again.

    After GIVE_UP links in a row without an answer, a host's other links are left for the next run and are not in the
    result.
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
    """Whether a status means that the page is gone. Forbidden, rate-limited and busy do not count."""
    return status == 0 or status in (404, 410) or status == 451


def _until(answer: Answer) -> str:
    tried = datetime.strptime(answer.tried, _DAY)
    return (tried + timedelta(days=1 if is_bad(answer.status) else FRESH_DAYS)).strftime(_DAY)
