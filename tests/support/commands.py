"""Runs commands of jiyue as officers do, each in a process of its own, without paying its start each time.

A process that has imported what commands import forks for each run (as tests/support/killing.py does to stop them). Whatever depends on
how Python starts (hash seed, locale, time zone …) is asked with environment variables, and those get a fresh interpreter.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

PATIENCE = 300
"""Seconds after which a command is considered hung."""
SETTLED = 0.06
"""Seconds after which a source is known by its stamp."""
WARM = (
    "jiyue.cli.commands.build", "jiyue.cli.commands.check", "jiyue.cli.commands.publish",
    "jiyue.cli.commands.release", "jiyue.build.cluster", "jiyue.build.site", "jiyue.build.rendering",
    "jiyue.build.scanning", "jiyue.build.verdicts", "jiyue.build.cluster_pages", "jiyue.build.cluster_search",
    "jiyue.build.output_root", "jiyue.build.review_evidence", "jiyue.checks.declared", "jiyue.checks.runner",
    "jiyue.registry.load", "jiyue.registry.models", "jiyue.catalogue.models", "jiyue.render.engine",
    "jiyue.render.postprocess", "jiyue.publish.publisher", "jiyue.publish.deploy.folder",
    "jiyue.publish.release.summary", "jiyue.publish.page_gate", "jiyue.search.build", "jiyue.search.folder",
    "jiyue_plugins.host", "jiyue_plugins.feeds", "jiyue_plugins.opendata", "jiyue_plugins.sitemaps",
    "jiyue_plugins.search", "jiyue_plugins.home", "jiyue_plugins.contents", "brotli", "zstandard", "yaml", "pydantic",
    "jinja2", "markdown", "nh3", "pyromark", "segno", "PIL.Image", "babel.support", "zoneinfo",
    "cryptography.hazmat.primitives.asymmetric.ed25519", "cryptography.hazmat.primitives.serialization",
)  # fmt: skip


class Ended(NamedTuple):
    """The end of a command, with the fields of subprocess.CompletedProcess that tests read."""

    returncode: int
    stdout: str
    stderr: str


def jiyue(*args: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ended:
    """Run `jiyue ARGS` in a process of its own. env: further environment variables; any asks for a fresh interpreter."""
    if env:
        command = [sys.executable, "-m", "jiyue", *args]
        whole = {**os.environ, **env}
        done = subprocess.run(command, env=whole, cwd=cwd, capture_output=True, timeout=PATIENCE, check=False)
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
    server = _server()
    assert server.stdin
    assert server.stdout
    with tempfile.TemporaryDirectory() as folder:
        order = {"args": args, "cwd": str(cwd or Path.cwd()), "env": dict(os.environ), "folder": folder}
        server.stdin.write(json.dumps(order) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        return Ended(code, *(Path(folder, name).read_bytes().decode() for name in ("stdout", "stderr")))


@functools.cache
def _server() -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.support.commands"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip

    def end() -> None:
        assert server.stdin
        server.stdin.close()
        server.wait()

    atexit.register(end)
    return server


def _main() -> None:
    for name in WARM:
        importlib.import_module(name)
    from jiyue.base.patterns import warm_up  # noqa: PLC0415
    from jiyue.cli import main  # noqa: PLC0415
    from jiyue.version import engine_digest  # noqa: PLC0415

    warm_up()
    engine_digest()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(main, order)
        signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))  # noqa: B023  (one child at a time)
        signal.alarm(PATIENCE)
        _, status = os.waitpid(pid, 0)
        signal.alarm(0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _child(main: Any, order: dict[str, Any]) -> None:
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(Path(order["folder"], name), os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    run(main, order["args"], crashed=1)


def run(main: Callable[[], None], args: Iterable[str], *, crashed: int) -> NoReturn:
    """Run `jiyue ARGS` and end this process as Python would. crashed: the exit status after a traceback."""
    sys.argv = ["jiyue", *args]
    code: Any = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = crashed
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    _main()
