"""Reads attachments in a child process with bounds on time and memory: a file that kills its reader harms no build.

`BoundedReader` is the parent's side; `python -m jiyue.checks.bounded` is the child, speaking lines of JSON on pipes.
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
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from jiyue.checks.extract import Limits, Part, Piece, Position, TooLarge, Unreadable, read

START = 30.0
"""Seconds that a child may need to start, apart from the time of a file."""


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
        """All pieces of a file. One that takes too long or brings its reader down gives a TooLarge."""
        child = self._started()
        if path.stat().st_size > self.limits.file_size:
            return [
                TooLarge(f"文件有 {path.stat().st_size / 1e6:.0f} MB，超过上限 {self.limits.file_size / 1e6:.0f} MB")
            ]
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(str(path)).encode() + b"\n")
            child.stdin.flush()
            lines = self._answer(child, time.monotonic() + self.limits.seconds + START)
        except BrokenPipeError:
            lines = None
        if lines is None:
            self._stop()
            return [TooLarge("读取该文件超过了时间或者内存的上限")]
        return [_from_json(json.loads(line)) for line in lines]

    def _answer(self, child: subprocess.Popen[bytes], until: float) -> list[bytes] | None:
        """The lines of one answer; None where the child ended or the time is up."""
        assert child.stdout is not None
        buffer = bytearray()
        with selectors.DefaultSelector() as wait:
            wait.register(child.stdout, selectors.EVENT_READ)
            while not (buffer == b"\n" or buffer.endswith(b"\n\n")):
                if not wait.select(max(0.0, until - time.monotonic())):
                    return None
                got = os.read(child.stdout.fileno(), 1 << 20)
                if not got:
                    return None
                buffer += got
        return bytes(buffer).split(b"\n")[:-2] if buffer != b"\n" else []

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._stop()
            command = [sys.executable, "-m", "jiyue.checks.bounded", json.dumps(asdict(self.limits))]
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


def _to_json(piece: Piece) -> list[Any]:
    if isinstance(piece, Part):
        return ["part", piece.name, piece.text, piece.first_line]
    if isinstance(piece, Position):
        return ["position", piece.name]
    return ["large" if isinstance(piece, TooLarge) else "unreadable", str(piece)]


def _from_json(data: list[Any]) -> Piece:
    kinds: dict[str, Any] = {"part": Part, "position": Position, "large": TooLarge, "unreadable": Unreadable}
    piece: Piece = kinds[data[0]](*data[1:])
    return piece


def _bound(limits: Limits) -> None:
    """Have the system refuse this process more memory than it may take; elsewhere only time bounds it."""
    try:
        import resource  # noqa: PLC0415
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))


def serve() -> None:
    """The child: a path a line in; pieces as lines of JSON out, an empty line after the last."""
    import warnings  # noqa: PLC0415

    warnings.simplefilter("ignore")
    limits = Limits(**json.loads(sys.argv[1]))
    _bound(limits)
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        path = Path(json.loads(line))
        for piece in read(path.name, path.read_bytes(), limits):
            out.write(json.dumps(_to_json(piece)).encode() + b"\n")
        out.write(b"\n")
        out.flush()


if __name__ == "__main__":
    serve()
