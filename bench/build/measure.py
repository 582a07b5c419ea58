"""Measures wall time, CPU time and memory of commands, how much of the machine is free, and how slow the disk is."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from bench.build.clusters import Command


class Run(NamedTuple):
    """Seconds and megabytes; peak: the largest RSS of any process, children included (from wait4)."""

    wall: float
    cpu: float
    peak: float


def run(commands: list[Command], at_a_time: int) -> Run:
    """Run the commands, at_a_time in parallel. Raises RuntimeError with the output of one that fails."""
    todo = list(commands)
    # as users run it: Python caches byte code
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    live: dict[int, subprocess.Popen[bytes]] = {}
    cpu = peak = 0.0
    began = time.perf_counter()
    while todo or live:
        while todo and len(live) < at_a_time:
            argv, folder = todo.pop(0)
            process = subprocess.Popen(argv, cwd=folder, env=usual, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            live[process.pid] = process
        pid, status, used = os.wait4(-1, 0)
        process = live.pop(pid)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.stderr
        if process.returncode:
            raise RuntimeError(f"{process.args} ended with {process.returncode}\n{process.stderr.read().decode()}")
        process.stderr.close()
        cpu += used.ru_utime + used.ru_stime
        peak = max(peak, used.ru_maxrss / 1024)
    return Run(time.perf_counter() - began, cpu, peak)


def free_cores() -> float:
    """CPU seconds per second that one busy process per core really gets: 2.0 on two idle cores."""
    began, cpu, children = time.perf_counter(), 0.0, []
    for _ in range(os.cpu_count() or 1):
        pid = os.fork()
        if not pid:
            sum(n * n for n in range(3_000_000))
            os._exit(0)
        children.append(pid)
    for pid in children:
        used = os.wait4(pid, 0)[2]
        cpu += used.ru_utime + used.ru_stime
    return cpu / (time.perf_counter() - began)


SLOW = 150.0
"""Microseconds to create a file above which a disk is busy with something else: ext4 takes 30 to 60, after a mass delete 200 to 500."""


def file_creation(folder: Path, files: int = 100) -> float:
    """Microseconds to create a file of 8 kB in a folder: the least of three batches, so that other processes count little."""
    page, least = b"x" * 8192, float("inf")
    for batch in range(3):
        place = folder / f"{os.getpid()}-{time.monotonic_ns()}-{batch}"
        place.mkdir(parents=True)
        began = time.perf_counter()
        for n in range(files):
            handle = os.open(place / str(n), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            os.write(handle, page)
            os.close(handle)
        least = min(least, (time.perf_counter() - began) / files * 1e6)
    return least


def pages(folder: Path) -> int:
    """HTML files below a folder."""
    return sum(1 for _ in folder.rglob("*.html"))
