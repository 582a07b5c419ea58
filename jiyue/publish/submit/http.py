"""One POST, retried with growing pauses while the server is busy or unreachable."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

TRIES = 4
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds; each pause is twice the one before, or what Retry-After asks for."""
PATIENCE = 30.0
AGAIN = frozenset({429, 500, 502, 503, 504})
MAX_ANSWER = 1 << 20


class Answer(NamedTuple):
    """The answer of an engine. status 0: no answer, with the reason in text."""

    status: int
    text: str


def post(url: str, body: bytes, content_type: str, sleep: Callable[[float], None]) -> Answer:
    """The last answer. url may contain a token, so no message shows it."""
    pause = FIRST_PAUSE
    answer, requested = _once(url, body, content_type)
    for _ in range(TRIES - 1):
        if answer.status and answer.status not in AGAIN:
            break
        sleep(min(max(pause, requested), LONGEST_PAUSE))
        pause *= 2
        answer, requested = _once(url, body, content_type)
    return answer


def _once(url: str, body: bytes, content_type: str) -> tuple[Answer, float]:
    """The answer, and the seconds to wait that it requests."""
    from http.client import HTTPException  # noqa: PLC0415  (180 ms, only where something is sent)
    from urllib.error import HTTPError, URLError  # noqa: PLC0415  (as above)
    from urllib.request import HTTPRedirectHandler, Request, build_opener  # noqa: PLC0415  (as above)

    class Stay(HTTPRedirectHandler):
        """Refuse redirects: a redirected POST would lose its body, and could reveal the token."""

        def redirect_request(self, *_: object) -> None:
            return None

    request = Request(url, body, {"Content-Type": content_type, "User-Agent": "jiyue"})
    try:
        with build_opener(Stay).open(request, timeout=PATIENCE) as response:
            return Answer(response.status, response.read(MAX_ANSWER).decode("utf-8", "replace")), 0
    except HTTPError as problem:
        with problem:
            requested = problem.headers.get("Retry-After") or ""
            text = problem.read(MAX_ANSWER).decode("utf-8", "replace")
            return Answer(problem.code, text), float(requested) if requested.isdecimal() else 0
    except (URLError, HTTPException, OSError) as problem:
        return Answer(0, type(getattr(problem, "reason", problem)).__name__), 0
