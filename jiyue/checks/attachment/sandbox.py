"""Reads attachments in a child process with limits on time and memory, so that a file that crashes it can't stop a build.

`BoundedReader` is the parent's side; the child, `python -m jiyue.checks.attachment.sandbox`, exchanges JSON lines on pipes.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from jiyue.checks.attachment.extract.pieces import (
    Active,
    Limits,
    Part,
    Piece,
    Position,
    TooLarge,
    Truncated,
    Unreadable,
)

START = 30.0
"""Seconds that a child may take to start, in addition to the time for a file."""
_IDLE = 2
"""Wall-clock seconds allowed per second of CPU time, because other work shares the machine."""


class BoundedReader:
    """A context manager whose `pieces` reads files in a child, restarted after a failure. Not thread-safe."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> BoundedReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def pieces(self, path: Path) -> list[Piece]:
        """All pieces of a file. If it exceeds a limit or crashes the child: those read so far, and a TooLarge."""
        child = self._started()
        if path.stat().st_size > self.limits.file_size:
            return [
                TooLarge(f"文件有 {path.stat().st_size / 1e6:.0f} MB，超过上限 {self.limits.file_size / 1e6:.0f} MB")
            ]
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(str(path)).encode() + b"\n")
            child.stdin.flush()
            lines, ended = self._answer(child, time.monotonic() + _IDLE * self.limits.seconds + START)
        except BrokenPipeError:
            lines, ended = [], False
        pieces = [_from_json(json.loads(line)) for line in lines]
        if not ended:
            self._stop()
            pieces.append(TooLarge("读取该文件超过了时间或者内存的上限"))
        return pieces

    def _answer(self, child: subprocess.Popen[bytes], until: float) -> tuple[list[bytes], bool]:
        """(lines of one answer, whether it is complete). Incomplete if the child ended or the time was up."""
        assert child.stdout is not None
        buffer = bytearray()
        with selectors.DefaultSelector() as wait:
            wait.register(child.stdout, selectors.EVENT_READ)
            while not (buffer == b"\n" or buffer.endswith(b"\n\n")):
                ready = wait.select(max(0.0, until - time.monotonic()))
                got = os.read(child.stdout.fileno(), 1 << 20) if ready else b""
                if not got:
                    return bytes(buffer).split(b"\n")[:-1], False
                buffer += got
        return bytes(buffer).split(b"\n")[:-2] if buffer != b"\n" else [], True

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._stop()
            command = [sys.executable, "-m", "jiyue.checks.attachment.sandbox", json.dumps(asdict(self.limits))]
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self._child

    def _stop(self) -> None:
        """Kill the child and its own children (LibreOffice)."""
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        child.wait()


_KINDS: dict[str, Callable[..., Piece]] = {
    "part": Part,
    "position": Position,
    "active": Active,
    "truncated": Truncated,
    "large": TooLarge,
    "unreadable": Unreadable,
}


def _to_json(piece: Piece) -> list[Any]:
    kind = next(name for name, kind in _KINDS.items() if kind is type(piece))
    return [kind, str(piece)] if isinstance(piece, Unreadable) else [kind, *asdict(piece).values()]


def _from_json(data: list[Any]) -> Piece:
    return _KINDS[data[0]](*data[1:])


def _bound(limits: Limits) -> None:
    """Limit this process's memory, where the system supports it; elsewhere only time is limited."""
    try:
        import resource  # noqa: PLC0415  (only where the system has it)
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))


@contextlib.contextmanager
def _timed(seconds: float) -> Iterator[None]:
    """Have the system kill this process after so many seconds of CPU time."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def serve() -> None:
    """The child's loop: reads one path per line; writes pieces as JSON lines, with an empty line after the last."""

    from jiyue.checks.attachment.extract.dispatch import read  # noqa: PLC0415  (the parent needs no reader)

    warnings.simplefilter("ignore")
    limits = Limits(**json.loads(sys.argv[1]))
    _bound(limits)
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        path = Path(json.loads(line))
        data = path.read_bytes()
        with _timed(limits.seconds_for(len(data))):
            for piece in read(path.name, data, limits):
                out.write(json.dumps(_to_json(piece)).encode() + b"\n")
        out.write(b"\n")
        out.flush()


if __name__ == "__main__":
    serve()
