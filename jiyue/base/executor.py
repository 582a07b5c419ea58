"""Runs tasks: each in its own child process, forked from this warm parent, or in this process.

A child inherits everything that the parent has imported and read. Pelican's process-wide state (signals, settings
modules, log filter, memo tables) ends with it.
"""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")
_END = object()


class Failed(Exception):
    """A task ended without a result; str() says why."""


def last_line(problem: Failed) -> str:
    """The last line of why a task failed: of a traceback, the exception."""
    return str(problem).strip().rpartition("\n")[2]


class Executor(Protocol):
    """Runs `work(argument)` and returns (argument, result or Failed) in any order."""

    def submit(self, work: Callable[[Any], Any], argument: Any) -> None:
        """Queue a task."""

    def results(self, meanwhile: Iterable[object] = ()) -> Iterator[tuple[Any, Any]]:
        """Each submitted task as it finishes. meanwhile: short steps to run here while all tasks are busy."""


class LocalExecutor:
    """Forks children on this machine, `jobs` at a time, in the order of submission."""

    def __init__(self, jobs: int) -> None:
        self.jobs = max(1, jobs)
        self.queue: list[tuple[Callable[[Any], Any], Any]] = []

    def submit(self, work: Callable[[Any], Any], argument: Any) -> None:
        """Queue a task; it starts with results()."""
        self.queue.append((work, argument))

    def results(self, meanwhile: Iterable[object] = ()) -> Iterator[tuple[Any, Any]]:
        """(argument, result) of each task; result is a Failed if the child died or raised."""
        steps = iter(meanwhile)
        waiting = self.queue[::-1]
        self.queue = []
        if waiting and gc.isenabled():
            # the parent's objects are read-only from here on; a collection would touch, and so copy, their pages
            gc.collect()
            gc.freeze()
        with selectors.DefaultSelector() as selector:
            running: dict[int, tuple[int, Any, list[bytes]]] = {}
            try:
                while waiting or running:
                    while waiting and len(running) < self.jobs:
                        work, argument = waiting.pop()
                        pid, read_end = _start(work, argument)
                        running[read_end] = (pid, argument, [])
                        selector.register(read_end, selectors.EVENT_READ)
                    ready = selector.select(0)
                    while not ready:
                        ready = selector.select(0 if next(steps, _END) is not _END else None)
                    for key, _ in ready:
                        read_end = key.fd
                        pid, argument, chunks = running[read_end]
                        chunk = os.read(read_end, 1 << 20)
                        if chunk:
                            chunks.append(chunk)
                            continue
                        selector.unregister(read_end)
                        os.close(read_end)
                        del running[read_end]
                        _, status = os.waitpid(pid, 0)
                        yield argument, _result(b"".join(chunks), status)
            finally:
                for read_end, (pid, _, _) in running.items():
                    with suppress(OSError):
                        os.kill(pid, signal.SIGTERM)
                        os.waitpid(pid, 0)
                    os.close(read_end)
                gc.unfreeze()


def _start(work: Callable[[Any], Any], argument: Any) -> tuple[int, int]:
    read_end, write_end = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        os.close(write_end)
        return pid, read_end
    os.close(read_end)
    gc.disable()  # the child is short-lived; its memory is freed when it exits
    status = 1
    try:
        try:
            answer: tuple[bool, Any] = (True, work(argument))
        except BaseException:
            answer = (False, traceback.format_exc())
        with os.fdopen(write_end, "wb") as pipe:
            pickle.dump(answer, pipe, protocol=pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)


def _result(data: bytes, status: int) -> Any:
    if status or not data:
        code = os.waitstatus_to_exitcode(status)
        return Failed(f"子进程被信号 {-code} 结束" if code < 0 else f"子进程以状态 {code} 结束")
    fine, value = pickle.loads(data)
    return value if fine else Failed(value)


def in_parts(
    work: Callable[[Sequence[_Item]], list[_Answer]], items: Sequence[_Item], jobs: int, least: int
) -> list[_Answer]:
    """work(items), whose answers are one an item; where there is enough for it, in parts of at least `least` items, each in
    a child process, `jobs` at a time. Raises what work() raises, Failed where a child died.
    """
    if jobs < 2 or len(items) < 2 * least:
        return work(items)
    size = max(least, -(-len(items) // (4 * jobs)))
    starts = range(0, len(items), size)

    def part(start: int) -> list[_Answer] | Exception:
        try:
            return work(items[start : start + size])
        except Exception as cause:
            return cause

    executor, done = LocalExecutor(jobs), {}
    for start in starts:
        executor.submit(part, start)
    for start, answers in executor.results():
        if isinstance(answers, Exception):
            raise answers
        done[start] = answers
    return [answer for start in starts for answer in done[start]]


class InProcess:
    """Runs everything in this process: for one small task, or where forking is not allowed."""

    def __init__(self) -> None:
        self.queue: list[tuple[Callable[[Any], Any], Any]] = []

    def submit(self, work: Callable[[Any], Any], argument: Any) -> None:
        """Queue a task."""
        self.queue.append((work, argument))

    def results(self, meanwhile: Iterable[object] = ()) -> Iterator[tuple[Any, Any]]:
        """Run each task in turn."""
        for work, argument in self.queue:
            try:
                yield argument, work(argument)
            except Exception:
                yield argument, Failed(traceback.format_exc())
        self.queue = []
