"""Converts a file in a child process with limits on memory and time, so that one made to do harm stops no server.

`convert_bounded` is the parent's side; the child, `python -m jiyue.importers.word.bounded NAME`, reads the file from its
standard input and writes what became of it as JSON.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from jiyue.importers.word.converted import BadDocument, Converted, Loss

SECONDS = 30
"""CPU time of the child; LibreOffice has its own limit."""
MEMORY = 2_000_000_000
WAIT = 150.0
"""Seconds until an answer, whatever else the machine does."""


def convert_bounded(data: bytes, name: str) -> Converted:
    """`convert_file` in a child. Raises BadDocument, also for a file that takes too long or too much."""
    command = [sys.executable, "-m", "jiyue.importers.word.bounded", name]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        out, _ = child.communicate(data, WAIT)
        answer = json.loads(out)
    except (subprocess.TimeoutExpired, ValueError):
        raise BadDocument("转换这个文件用了太多时间或者内存", "拆成几个文件，或者把图片压缩后再试。") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()  # also closes the pipes
    if "problem" in answer:
        raise BadDocument(answer["problem"], answer["hint"])
    files = {one: base64.b64decode(content) for one, content in answer["files"].items()}
    return Converted(answer["markdown"], answer["fields"], files, tuple(Loss(*one) for one in answer["losses"]))


def _answer(data: bytes, name: str) -> dict[str, Any]:
    from jiyue.importers.word.formats import convert_file  # noqa: PLC0415  (the parent needs no converter)

    try:
        made = convert_file(data, name)
    except BadDocument as why:
        return {"problem": str(why), "hint": why.hint}
    files = {one: base64.b64encode(content).decode() for one, content in made.files.items()}
    return {**asdict(made), "files": files}


def main() -> None:
    """The child."""
    import resource  # noqa: PLC0415  (only where the system has it: the parent runs everywhere)

    limits = {resource.RLIMIT_CPU: SECONDS, resource.RLIMIT_AS: MEMORY, resource.RLIMIT_CORE: 0}
    for kind, limit in limits.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (limit, limit))
    json.dump(_answer(sys.stdin.buffer.read(), sys.argv[1]), sys.stdout)


if __name__ == "__main__":
    main()
