"""Tasks in child processes: a child takes one after another, and what befalls one leaves the others alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from jiyue.base.executor import Failed, LocalExecutor, last_task


def run(jobs: int, *tasks: Callable[[int], Any]) -> dict[int, Any]:
    """The number of each task -> its result."""
    executor = LocalExecutor(jobs)
    for number, task in enumerate(tasks):
        executor.submit(task, number)
    return dict(executor.results())


def process(_: int) -> int:
    return os.getpid()


def killed(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def raising(number: int) -> None:
    raise ValueError(f"task {number}")


def the_last(_: int) -> int:
    last_task()
    return os.getpid()


def test_a_child_takes_one_task_after_another() -> None:
    assert len({*run(1, *[process] * 5).values()} - {os.getpid()}) == 1
    assert 1 <= len({*run(3, *[process] * 9).values()}) <= 3


def test_a_killed_or_failed_task_fails_alone() -> None:
    found = run(2, process, killed, process, raising, process, process)
    assert {number for number, result in found.items() if isinstance(result, Failed)} == {1, 3}
    assert "9" in str(found[1])
    assert "ValueError: task 3" in str(found[3])
    assert len(found) == 6


def test_what_cannot_be_sent_back_is_a_failure() -> None:
    assert isinstance(run(1, lambda _: lambda: None, process)[0], Failed)


def test_a_process_ends_with_its_last_task() -> None:
    found = run(1, process, the_last, process)
    assert found[0] == found[1] != found[2]


def test_large_results_arrive_whole() -> None:
    assert run(2, *[lambda number: bytes([number]) * 5_000_000] * 4) == {n: bytes([n]) * 5_000_000 for n in range(4)}
