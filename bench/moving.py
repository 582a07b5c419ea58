"""Measures the import of a made-up old site, one JSON line per step: first, again, killed and finished.

    python -m bench.moving [PAGES] [--jobs N] [--kills N] [--work DIR]

Five templates in four encodings, some undeclared or declared wrongly (tests/support/old_site.py), and a tenth more of lists and
copies. Every step is the command in a process of its own. Lines give wall and CPU seconds, milliseconds a page, the free cores
before it, and the largest memory of all its processes together (PSS: what they share is counted once). A killed import (SIGKILL
to all its processes, at even parts of the first one's time) and the next one have to leave the same bytes as an undisturbed one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.build.measure import free_cores
from tests.support.old_site import RULES, cluster, write_old_site


def command(work: Path, root: Path, jobs: int) -> list[str]:
    """The import into a cluster."""
    return [sys.executable, "-m", "jiyue", "import", "site", str(work / "mirror"), "--to", "jl", "--root", str(root),
            "--rules", str(work / "rules.yaml"), "--today", "2026-11-28", "--jobs", str(jobs)]  # fmt: skip


def memory(group: int) -> float:
    """Megabytes of all processes of a group."""
    total = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                if os.getpgid(int(folder.name)) == group:
                    rollup = (folder / "smaps_rollup").read_text("ascii")
                    total += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
            except (OSError, StopIteration, ProcessLookupError):
                continue
    return total / 1024


def run(argv: list[str], stop: float = 0.0) -> tuple[float, float, float]:
    """(wall and CPU seconds, megabytes) of a command. stop: seconds after which all its processes are killed, 0 for never."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(argv, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while process.poll() is None:
        peak = max(peak, memory(process.pid))
        if stop and time.perf_counter() - began >= stop:
            os.killpg(process.pid, signal.SIGKILL)
        time.sleep(0.1)
    assert process.stderr
    if process.returncode and not stop:
        raise RuntimeError(process.stderr.read().decode())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, cpu, peak


def digest(root: Path) -> str:
    """Of the names and bytes of all files below a folder."""
    whole = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            whole.update(f"{path.relative_to(root)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def main() -> None:
    """Run all steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=int, nargs="?", default=20_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--work", type=Path)
    given = parser.parse_args()
    work = given.work or Path(tempfile.mkdtemp(prefix="jiyue-moving-"))
    try:
        write_old_site(work / "mirror", given.pages)
        (work / "rules.yaml").write_text(RULES, "utf-8")
        pages = sum(path.suffix != ".pdf" for path in (work / "mirror").rglob("*.*"))
        took = 0.0
        whole = ""
        for step in ("first", "again"):
            cores = free_cores()
            root = work / "whole" if step == "again" else cluster(work / "whole")
            wall, cpu, peak = run(command(work, root, given.jobs))
            took = took or wall
            line = {
                "step": step,
                "pages": pages,
                "wall": round(wall, 2),
                "cpu": round(cpu, 2),
                "free cores": round(cores, 2),
            }
            line |= {
                "ms a page": round(wall / pages * 1000, 2),
                "CPU ms a page": round(cpu / pages * 1000, 2),
                "MB": round(peak),
            }
            print(json.dumps(line), flush=True)
            assert not whole or whole == digest(work / "whole")
            whole = digest(work / "whole")
        for number in range(given.kills):
            root = cluster(work / f"killed{number}")
            run(command(work, root, given.jobs), stop=took * (number + 1) / (given.kills + 1))
            files = sum(1 for _ in (root / "content").rglob("*.md"))
            run(command(work, root, given.jobs))
            print(
                json.dumps({"step": "killed", "articles then": files, "same bytes": digest(root) == whole}), flush=True
            )
            shutil.rmtree(root)
    finally:
        if not given.work:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
