"""Stops a command of jiyue at any step that changes the disk, without support in the product.

Python's audit hooks report every open, rename, link, removal … before it happens. A test process imports the command
line once and forks for each run; the fork counts these events, and at a chosen one

    kill    kills itself (SIGKILL), so that this event doesn't happen
    torn    does the same, and leaves a file opened for writing with half a line in it, as a power cut may
    ENOSPC  (or another name of errno) fails, as do all later steps; on a full disk removing and renaming still work
"""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.commands import run

EVENTS = frozenset({
    "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "os.utime",
})  # fmt: skip
STARTING = "subprocess.Popen"
"""The start of another program, which counts for programs of tests: theirs change the disk through git."""
ALLOCATING = frozenset({"open", "os.link", "os.symlink", "os.mkdir"})
WARM = (
    "jiyue.cli.commands.publish", "jiyue.publish.deploy.folder", "jiyue.publish.publisher", "jiyue.registry.load",
    "jiyue.registry.models", "jiyue.publish.release.summary", "jiyue.base.cache", "jiyue.base.yamlfile.tree", "yaml", "brotli", "zstandard",
    "jiyue.importers.site.run", "jiyue.importers.site.suggest", "jiyue.importers.site.rules", "jiyue.registry.old_site",
    "jiyue.cli.importing.site",
    "cryptography.hazmat.primitives.asymmetric.ed25519", "cryptography.hazmat.primitives.serialization", "zoneinfo",
)  # fmt: skip
"""Modules that the killed commands import lazily."""
CRASHED = 70
"""The exit status of a command that ended with a traceback."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
TORN = b'{"half": "a li'


@dataclass(frozen=True)
class Ended:
    """The end of a run. code: exit status, -9 if it was killed; events: the number of steps that it reached."""

    code: int
    events: int
    output: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Killer:
    """Runs commands in forks of a process that has imported the command line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def run(self, root: Path, *args: str, at: int = 0, how: str = "kill") -> Ended:
        """Run `jiyue ARGS --root ROOT`; stop it at the at-th step (0: never) that changes something below root."""
        assert self.process.stdin
        assert self.process.stdout
        order = {"args": [*args, "--root", str(root)], "root": str(root), "at": at, "how": how}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return Ended(**json.loads(self.process.stdout.readline()))


@contextmanager
def killer(program: str = "") -> Iterator[Killer]:
    """A process to fork from. program: a module of tests whose main() is run instead of the command line."""
    command = [sys.executable, "-m", "tests.support.killing", *([program] if program else [])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        yield Killer(process)
        assert process.stdin
        process.stdin.close()


def _main() -> None:
    # once for all forks: importing and reading these would take a run longer than its own work
    for name in WARM:
        importlib.import_module(name)
    from jiyue.base.patterns import warm_up  # noqa: PLC0415
    from jiyue.cli import main  # noqa: PLC0415
    from jiyue.publish.release import sbom  # noqa: PLC0415
    from jiyue.version import engine_digest  # noqa: PLC0415

    warm_up()
    engine_digest()
    sbom._closure = functools.cache(sbom._closure)
    sbom._closure("jiyue")

    program = sys.argv[1] if len(sys.argv) > 1 else ""
    called = importlib.import_module(program).main if program else main
    for line in sys.stdin:
        order = json.loads(line)
        counted, count = os.pipe()
        reading_end, writing_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(counted)
            os.close(reading_end)
            sys.stdout = sys.stderr = os.fdopen(writing_end, "w", encoding="utf-8")
            _child(called, order, count, starting=bool(program))
        os.close(count)
        os.close(writing_end)
        with os.fdopen(reading_end, encoding="utf-8") as file:
            output = file.read()
        _, status = os.waitpid(pid, 0)
        with os.fdopen(counted, "rb") as file:
            events = len(file.read())
        ended = {"code": os.waitstatus_to_exitcode(status), "events": events, "output": output}
        print(json.dumps(ended), flush=True)


def _child(main: Callable[[], None], order: dict[str, Any], count: int, *, starting: bool = False) -> None:
    root, how, at = order["root"], order["how"], order["at"]
    numbers = itertools.count(1)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if not (starting and event == STARTING):
            writing = event == "open" and isinstance(args[2], int) and args[2] & WRITING
            if not (writing or event in EVENTS) or not isinstance(args[0], str | bytes):
                return
            if not str(_base(event, args) / os.fsdecode(args[0])).startswith(root):
                return
        os.write(count, b".")
        number = next(numbers)
        if not at or number < at:
            return
        if how in errno.errorcode.values():
            code = getattr(errno, how)
            if code != errno.ENOSPC or event in ALLOCATING:
                raise OSError(code, os.strerror(code), args[0])
        elif number == at:
            if how == "torn" and event == "open":
                flags = os.O_WRONLY | os.O_CREAT | (args[2] & (os.O_TRUNC | os.O_APPEND))
                with contextlib.suppress(OSError):  # the folder may not be there
                    os.write(os.open(args[0], flags, 0o644), TORN)
            os.kill(os.getpid(), signal.SIGKILL)

    # flushing only matters for power cuts: after SIGKILL the kernel still writes its buffers
    os.sync, os.fsync = lambda: None, lambda _: None  # type: ignore[assignment]
    sys.addaudithook(hook)
    run(main, order["args"], crashed=CRASHED)


def _base(event: str, args: tuple[Any, ...]) -> Path:
    """The folder to which a relative path refers: rmtree() uses folder descriptors."""
    if event in ("os.remove", "os.rmdir") and args[1] != -1:
        return Path(f"/proc/self/fd/{args[1]}").readlink()
    return Path.cwd()


if __name__ == "__main__":
    _main()
