"""Builds sites on a Dask cluster (the optional extra `dask`): one task per site; Dask reassigns those of a lost worker."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jiyue.base.executor import Failed, LocalExecutor
from jiyue.build.remote import pack, unpack, work
from jiyue.build.site import run_site
from jiyue.build.task import SiteTask


class DaskExecutor:
    """Sends sites to the scheduler at `address`; sites with Pelican plugins of their own run locally, in forked children."""

    def __init__(self, address: str, jobs: int) -> None:
        self.address = address
        self.here = LocalExecutor(jobs)
        self.away: list[SiteTask] = []

    def submit(self, work_: Callable[[Any], Any], argument: Any) -> None:
        """Queue one run_site()."""
        if work_ is run_site and not argument.job.plugins:
            self.away.append(argument)
        else:
            self.here.submit(work_, argument)

    def results(self, meanwhile: Iterable[object] = ()) -> Iterator[tuple[Any, Any]]:
        """(task, SiteResult or Failed) as they finish. Raises OSError if the scheduler can't be reached."""
        from distributed import Client, as_completed  # noqa: PLC0415  (optional)

        away, self.away = self.away, []
        with Client(self.address, timeout="20s", set_as_default=False) as client:  # type: ignore[no-untyped-call]
            futures = {}
            for task in away:
                parcel = pack(task)
                futures[client.submit(work, parcel, key=f"jiyue-{parcel.key}", retries=2)] = task
            for future in as_completed(list(futures), loop=client.loop, raise_errors=False):  # type: ignore[no-untyped-call]
                task = futures[future]
                if future.status == "finished":
                    try:
                        yield task, unpack(task, future.result())
                    except Exception:
                        yield task, Failed(traceback.format_exc())
                else:
                    yield task, Failed(f"远程构建失败：{future.exception()}")
                future.release()
        yield from self.here.results(meanwhile)
