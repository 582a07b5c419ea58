"""Reads attachments in a child process with bounds on time and memory: a file that kills its reader harms no build.

`BoundedReader` is the parent's side; `python -m jiyue.checks.attachment.sandbox` is the child, speaking lines of JSON on pipes.
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
"""Seconds that a child may need to start, apart from the time of a file."""
_IDLE = 2
"""Seconds on the clock for one of processor time: other work shares the machine."""


class BoundedReader:
    """A context in which `pieces` reads files, one child after another serving them. Not for use by two threads."""

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
        """All pieces of a file. One that takes too long or brings its reader down gives those read so far and a TooLarge."""
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
        """The lines of one answer, and whether it is whole: the child may end, or the time be up."""
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
        """End the child and all it started (LibreOffice)."""
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
    """Have the system refuse this process more memory than it may take; elsewhere only time bounds it."""
    try:
        import resource  # noqa: PLC0415  (only where the system has it)
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))


@contextlib.contextmanager
def _timed(seconds: float) -> Iterator[None]:
    """Have the system end this process when it has used so much processor time, other work on the machine left out."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def serve() -> None:
    """The child: a path a line in; pieces as lines of JSON out, an empty line after the last."""

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
