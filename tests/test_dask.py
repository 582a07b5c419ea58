"""A real Dask cluster on the loopback address gives the same bytes, even if a worker is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.cluster import ClusterFolder
from tests.support.samples import png

distributed = pytest.importorskip("distributed")

ARTICLE = "---\ntitle: 第{n}篇\ndate: 2026-11-{day:02} 09:00\n---\n\n{body}\n"


def cluster_files(sites: int, articles: int) -> dict[str, str]:
    files = {}
    for s in range(sites):
        name = f"county{s}"
        files[f"sites/{name}.yaml"] = (
            f"name: 第{s}县人民政府\nkind: county\nsuperior: jilin\nurl: https://c{s}.jl.example\n"
        )
        for n in range(articles):
            # raw HTML takes the long way through Markdown, so that a site takes long enough to be interrupted
            body = "正文<b>一</b>。\n\n- 甲\n\n- 乙\n\n" * 40
            files[f"content/{name}/tzgg/2026-{n:04}.md"] = ARTICLE.format(n=n, day=n % 20 + 1, body=body)
    push = "---\ntitle: 推送\ndate: 2026-11-20\npush_down: all\n---\n\n![图](a.png)\n"
    files["content/jilin/tzgg/push.md"] = push
    files["sites/cluster.yaml"] = (
        "name: 测试站群\nroot: jilin\ndefaults:\n  columns:\n    - {path: tzgg, name: 通知公告, type: 通知公告}\n"
    )
    return files


@pytest.fixture
def dask_cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers of one thread, each a process of its own."""
    env = {**os.environ, "PYTHONWARNINGS": "ignore", "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    file = tmp_path / "scheduler.json"
    command = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env}
    running = [subprocess.Popen([*command, "--scheduler-file", str(file)], **quiet)]  # type: ignore[call-overload]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads", "1"]
    worker += ["--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(tmp_path)]
    try:
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        running += [subprocess.Popen(worker, **quiet) for _ in range(2)]  # type: ignore[call-overload]
        yield json.loads(file.read_text())["address"], running[1:]
    finally:
        for process in running:
            process.kill()
            process.wait()


def lose_a_worker(output: Path, build: subprocess.Popen[bytes], worker: subprocess.Popen[bytes]) -> None:
    """Kill it once the first site has come back."""
    deadline = time.monotonic() + 60
    while not list(output.glob("county*")) and time.monotonic() < deadline and build.poll() is None:
        time.sleep(0.01)
    assert build.poll() is None, "the build ended before a worker could be lost"
    worker.send_signal(signal.SIGKILL)


def test_same_bytes_as_here_with_a_worker_lost_in_mid_build(
    new_folder: Callable[..., ClusterFolder], dask_cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = dask_cluster
    folder = new_folder({**cluster_files(6, 30), "content/jilin/tzgg/a.png": png()})
    here = folder.build(output=folder.root / "here", jobs=2)
    assert here.exit_code == 0, here.stderr

    command = [
        sys.executable,
        "-m",
        "jiyue",
        "build",
        "--root",
        str(folder.root),
        "--output",
        str(folder.root / "there"),
    ]
    command += ["--today", "2026-11-23", "--executor", "dask", "--scheduler", address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as build:
        lose_a_worker(folder.root / "there", build, workers[0])
        _, stderr = build.communicate(timeout=120)
    assert build.returncode == 0, stderr.decode()
    with distributed.Client(address) as client:
        sent = client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.transition_counter)
    assert sent > 7, "every site goes to a worker, none is quietly built here"

    def tree(base: Path) -> dict[str, bytes]:
        return {p.relative_to(base).as_posix(): p.read_bytes() for p in sorted(base.rglob("*")) if p.is_file()}

    assert tree(folder.root / "there") == tree(folder.root / "here")
    again = folder.build("--executor", "local", output=folder.root / "there")
    assert again.exit_code == 0
    assert "写入 0 个文件" in again.stdout or again.diagnostics == []


def test_no_scheduler_is_said(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder({})
    built = folder.build("--executor", "dask")
    assert built.exit_code == 2
    assert "--scheduler" in built.stderr
