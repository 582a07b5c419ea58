"""Runs tasks: in child processes forked from this warm parent, or in this process.

A child inherits everything that the parent has imported and read, and keeps for its next task what it has loaded itself.
"""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NoReturn, Protocol, TypeVar

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")
_END = object()


def _told() -> str:
    """The traceback of the error being handled."""
    from traceback import format_exc  # noqa: PLC0415  (only where something fails)

    return format_exc()


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


Task = tuple[Callable[[Any], Any], Any]


class LocalExecutor:
    """Forks up to `jobs` children on this machine, which take the tasks in the order of submission."""

    def __init__(self, jobs: int) -> None:
        self.jobs = max(1, jobs)
        self.queue: list[Task] = []

    def submit(self, work: Callable[[Any], Any], argument: Any) -> None:
        """Queue a task; it starts with results()."""
        self.queue.append((work, argument))

    def results(self, meanwhile: Iterable[object] = ()) -> Iterator[tuple[Any, Any]]:
        """(argument, result) of each task; result is a Failed if the child died or raised."""
        steps = iter(meanwhile)
        tasks, self.queue = self.queue, []
        waiting = list(range(len(tasks)))[::-1]
        if waiting and gc.isenabled():
            # the parent's objects are read-only from here on; a collection would touch, and so copy, their pages
            gc.collect()
            gc.freeze()
        with selectors.DefaultSelector() as selector:
            running: dict[int, _Child] = {}
            try:
                while waiting or running:
                    while waiting and len(running) < self.jobs:
                        child = _Child(tasks, waiting.pop(), running.values())
                        running[child.answers] = child
                        selector.register(child.answers, selectors.EVENT_READ)
                    ready = selector.select(0)
                    while not ready:
                        ready = selector.select(0 if next(steps, _END) is not _END else None)
                    for key, _ in ready:
                        child = running[key.fd]
                        number, result = child.number, child.answer(waiting)
                        if child.ended:
                            selector.unregister(key.fd)
                            del running[key.fd]
                        if result is not _END:
                            yield tasks[number][1], result
            finally:
                for child in running.values():
                    with suppress(OSError):
                        os.kill(child.pid, signal.SIGTERM)
                    child.end()
                gc.unfreeze()


_SIZE = 8
"""Bytes of a number in a pipe."""


class _Child:
    """A child process. number: of its task; -1: none. ended: it has exited."""

    def __init__(self, tasks: list[Task], number: int, others: Iterable[_Child]) -> None:
        """Fork it. others: the children before it, whose pipes it must not hold open."""
        self.number, self.ended = number, False
        self._data = bytearray()
        numbers, self._numbers = os.pipe()
        self.answers, answers = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid:
            for one in (self, *others):
                os.close(one._numbers)
                os.close(one.answers)
            _work(tasks, number, numbers, answers)
        os.close(numbers)
        os.close(answers)

    def answer(self, waiting: list[int]) -> Any:
        """Read what it says: the result of its task, after which it gets the last of the waiting ones; _END if none is complete."""
        chunk = os.read(self.answers, 1 << 20)
        if not chunk:
            status = self.end()
            return _END if self.number < 0 else Failed(_why(status))
        self._data += chunk
        if len(self._data) < _SIZE + int.from_bytes(self._data[:_SIZE], "little"):
            return _END
        fine, value, last = pickle.loads(memoryview(self._data)[_SIZE:])
        self._data = bytearray()
        self.number = waiting.pop() if waiting and not last else -1
        with suppress(BrokenPipeError):  # it has ended meanwhile, and so do its answers
            os.write(self._numbers, self.number.to_bytes(_SIZE, "little", signed=True))
        return value if fine else Failed(value)

    def end(self) -> int:
        """Wait until it has exited: its status."""
        os.close(self._numbers)
        os.close(self.answers)
        self.ended = True
        return os.waitpid(self.pid, 0)[1]


_last = False


def last_task() -> None:
    """Let this child take no further task: what foreign code leaves behind in a process ends with it."""
    global _last  # noqa: PLW0603  (it is of the process)
    _last = True


def _work(tasks: list[Task], number: int, numbers: int, answers: int) -> NoReturn:
    """In a child: run the task with this number, then those whose numbers it is told."""
    gc.disable()
    gc.freeze()  # what the parent made is not looked through, or its pages would be copied
    status = 1
    try:
        while number >= 0:
            work, argument = tasks[number]
            try:
                data = pickle.dumps((True, work(argument), _last), protocol=pickle.HIGHEST_PROTOCOL)
            except BaseException:
                last_task()
                data = pickle.dumps((False, _told(), _last))
            with os.fdopen(answers, "wb", closefd=False) as pipe:
                pipe.write(len(data).to_bytes(_SIZE, "little") + data)
            if _last:
                break
            gc.collect()
            told = os.read(numbers, _SIZE)
            number = int.from_bytes(told, "little", signed=True) if told else -1  # the parent is gone
        status = 0
    finally:
        os._exit(status)


def _why(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"子进程被信号 {-code} 结束" if code < 0 else f"子进程以状态 {code} 结束"


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
                yield argument, Failed(_told())
        self.queue = []
