"""The site outside the cluster that the tests ask: a real server on loopback, without faults at the start of each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.upstream import Upstream, upstream


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    with upstream() as site:
        yield site


@pytest.fixture
def site(running: Upstream) -> Upstream:
    running.replies.clear()
    running.asked.clear()
    running.sent = 0
    return running
