"""Fixtures for all tests; the helpers behind them are in tests/support/."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.browser import chromium
from tests.support.cluster import Built, ClusterFolder, new_cluster
from tests.support.repository import committed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Files = Mapping[str, str | bytes]

WRITTEN = "2026-11-28"
"""The day on which the demonstration's newest article was written: all of it is public from then on."""

_LOAD = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much]
"""Health checks that can fail on a busy machine, or with a rare draw, although nothing is wrong."""

settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=_LOAD)
settings.register_profile("random", deadline=None, suppress_health_check=_LOAD, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    """Use the same examples in every default run, so that its result is reproducible; new ones in the long run."""
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile("random" if config.option.markexpr.strip() == "long" else "steady")


@pytest.fixture
def new_folder(tmp_path: Path) -> Callable[[Files], ClusterFolder]:
    """new_folder({path: text}): a cluster to edit and build several times."""
    return lambda files: new_cluster(tmp_path / "cluster", files)


@pytest.fixture
def build_site(new_folder: Callable[[Files], ClusterFolder]) -> Callable[..., Built]:
    """build_site({path: text}, *args, today=…, jobs=…): writes a cluster and builds it once."""

    def build(files: Files, *args: str, **options: object) -> Built:
        return new_folder(files).build(*args, **options)  # type: ignore[arg-type]

    return build


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The repository's committed cluster, built once for all processes of a test run. Read only."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = ClusterFolder(shared / "demonstration")
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.root.exists():
            committed(folder.root)
        return folder.build(jobs=2, today=WRITTEN)  # other processes of the run have nothing left to do


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this process."""
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page in a context of its own, with Chinese locale and time zone."""
    with browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai") as context:
        yield context.new_page()


@pytest.fixture(scope="session")
def real_texts() -> Path:
    """The folder of real texts; skips the test without one."""
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    if not folder:
        pytest.skip("JIYUE_REAL_TEXTS is not set: no real texts here")
    return Path(folder)
