"""What the tests of releases share: a store, and a cluster that is live."""

from __future__ import annotations

from pathlib import Path

import pytest

from jiyue.publish.release.store import Store
from tests.support.publication import Live, two_sites


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store of releases, with a folder `output` next to it for sample builds."""
    return Store(tmp_path / "store")


@pytest.fixture
def live(tmp_path: Path) -> Live:
    """Two sites of three articles each, built and live."""
    return two_sites(tmp_path / "cluster")
