"""Texts and files that are not in the working tree, laid over it for the time of a look (jiyue.catalogue.sources.overlaid)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from jiyue.catalogue.sources import overlaid


@contextmanager
def laid_over(files: Mapping[str, bytes], only: Mapping[str, Iterable[str]] | None = None) -> Iterator[None]:
    """For this thread, the cluster has these files: path below its root → bytes. The paths have to be safe.

    only: see jiyue.catalogue.sources.overlaid.
    """
    with TemporaryDirectory(prefix="jiyue-laid-") as name, overlaid(Path(name), files, only):
        for path, data in files.items():
            file = Path(name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        yield
