"""Runs run_site() on another machine: sends the inputs by content hash and writes the returned files that differ.

The worker needs only this program: no shared folder, no cache. It returns the site's whole output and its cache entry,
so that the requesting machine ends up with the same bytes and state as after a local build.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jiyue.base.cache import Cache
from jiyue.build.site import run_site
from jiyue.build.task import SiteTask
from jiyue.catalogue.sources import file_of
from jiyue.render.output import Output, digest
from jiyue.render.result import SiteResult
from jiyue.render.search import CLUSTER


@dataclass(frozen=True)
class Parcel:
    """A task with its inputs. paths: path -> digest; blobs: digest -> bytes (equal files are sent once)."""

    task: SiteTask
    paths: dict[str, str]
    blobs: dict[str, bytes]

    @property
    def key(self) -> str:
        """A key derived from the inputs: equal parcels give equal results."""
        return f"{self.task.job.site.id}-{digest(repr((self.task, sorted(self.paths.items()))).encode())}"


@dataclass(frozen=True)
class Delivery:
    """A worker's answer: the result, every file of the site, and the cache entry (memory)."""

    result: SiteResult
    files: dict[str, bytes]
    memory: Any


def pack(task: SiteTask) -> Parcel:
    """Collect a task's inputs: the site's content, the sources and pictures of pushed articles, the theme."""
    job = task.job
    paths: dict[str, str] = {}
    blobs: dict[str, bytes] = {}
    for name, path in _inputs(task):
        data = path.read_bytes()
        paths[name] = digest(data)
        blobs[paths[name]] = data
    here = replace(job, root=Path("root"), output=Path("output"), theme=Path("theme"))
    return Parcel(replace(task, job=here, cache=None, hosted=False), paths, blobs)


def _inputs(task: SiteTask) -> Iterator[tuple[str, Path]]:
    job = task.job
    content = job.root / "content" / job.site.id
    for path in sorted(content.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield f"root/content/{job.site.id}/{path.relative_to(content).as_posix()}", path
    for pushed in job.pushed:
        name = file_of(pushed.article.source_path)
        yield f"root/{name}", job.root / name
        for picture in pushed.pictures.values():
            name = f"content/{pushed.article.site}/{picture.partition(' ')[0]}"
            yield f"root/{name}", job.root / name
    for path in sorted(job.theme.rglob("*")):
        if path.is_file():
            yield f"theme/{path.relative_to(job.theme).as_posix()}", path


def work(parcel: Parcel) -> Delivery:
    """On the worker: unpack into a temporary folder, build, collect the output."""
    with tempfile.TemporaryDirectory(prefix="jiyue-") as name:
        folder = Path(name)
        for path, content in parcel.paths.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(parcel.blobs[content])
        task = parcel.task
        job = replace(task.job, root=folder / "root", output=folder / "output", theme=folder / "theme")
        result = run_site(replace(task, job=job, cache=folder / "store"))
        output = folder / "output" / job.site.id
        files = {p.relative_to(output).as_posix(): p.read_bytes() for p in sorted(output.rglob("*")) if p.is_file()}
        return Delivery(result, files, Cache(folder / "store").get(f"output/{task.key}/{job.site.id}.json"))


def unpack(task: SiteTask, delivery: Delivery) -> SiteResult:
    """On the requesting machine: write files that differ, remove stale ones, update the cache."""
    site = task.job.site.id
    cache = Cache(task.cache)
    name = f"output/{task.key}/{site}"
    cache.put(f"{name}.dirty", True)
    output = Output(task.job.output / site, CLUSTER)
    stale = output.files() - delivery.files.keys()
    for path, data in delivery.files.items():
        output.write(path, data)
    for path in sorted(stale):
        output.remove(path)
    delivery.result.written, delivery.result.removed = len(output.written), len(output.removed)
    delivery.result.folders = output.folders()
    if delivery.memory:
        cache.put(f"{name}.json", {**delivery.memory, "folders": delivery.result.folders})
    cache.drop(f"{name}.dirty")
    return delivery.result
