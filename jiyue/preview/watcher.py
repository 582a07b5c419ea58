"""Live preview: watches the cluster's files, builds what changed, and tells the open browsers.

An edited article is built in this process, which has everything loaded and knows every other site; a change of sites,
theme or plugins is built by a process of its own, because that replaces what is loaded here.
"""

from __future__ import annotations

import gc
import logging
import queue
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jiyue.base.cache import Busy
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.build.cluster import build
from jiyue.build.options import Known, Options, Report

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

FAILED = error("preview-build", "预览没有更新", "构建没有完成，浏览器里还是上一次的页面。")
AGAIN = "再保存一次文件；若仍出错，请结束预览后重新运行，并报告这个问题"

SETTLE = 0.015
"""Seconds without another change after which a batch of changes is built: editors write a file in several steps."""
TRIES = 3
LOST = ""
"""In the queue of touched paths: some were missed."""


class _Lost(logging.Handler):
    """What the watcher warns of (that it was told of more than it could take) means that something was missed."""

    def __init__(self, level: int, paths: queue.Queue[str]) -> None:
        super().__init__(level)
        self.paths = paths

    def emit(self, record: logging.LogRecord) -> None:
        """Note it."""
        self.paths.put(LOST)


class Live:
    """The state that the preview shows: a version that rises with each build, and what is wrong now."""

    def __init__(self, options: Options, report: Report, told: Callable[[Report, float], None]) -> None:
        self.options = replace(options, now="") if not options.now else options
        self.known: Known | None = report.known
        self.diagnostics: list[Diagnostic] = report.diagnostics
        self.version = 1
        self.changed = threading.Condition()
        self.paths: queue.Queue[str] = queue.Queue()
        self.told = told
        self.observer: BaseObserver | None = None

    def start(self) -> None:
        """Begin to watch; returns at once."""
        warnings.filterwarnings("ignore", module="watchdog")
        log = logging.getLogger("watchdog")
        log.propagate = False
        log.addHandler(_Lost(logging.WARNING, self.paths))
        threading.excepthook = self._ended
        self._watch()
        gc.collect()
        gc.freeze()  # what is loaded by now stays: an edit shall not wait until the collector has looked through it
        threading.Thread(target=self._run, daemon=True).start()

    def _ended(self, args: threading.ExceptHookArgs) -> None:
        """A thread of the watcher that met what it did not expect, as it does where folders come and go, begins anew."""
        if type(args.thread).__module__.startswith("watchdog"):
            self.paths.put(LOST)
        else:
            threading.__excepthook__(args)

    def _watch(self) -> None:
        from watchdog.events import FileSystemEvent, FileSystemEventHandler  # noqa: PLC0415  (16 ms, only a preview watches)
        from watchdog.observers import Observer  # noqa: PLC0415  (16 ms, only a preview watches)

        paths = self.paths

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                if event.event_type not in ("opened", "closed_no_write"):
                    paths.put(str(event.src_path))
                    if event.dest_path:
                        paths.put(str(event.dest_path))

        if self.observer:
            with suppress(Exception):  # it is broken already
                self.observer.stop()
        self.observer = observer = Observer()
        observer.daemon = True
        for folder in {self.options.root / "content", self.options.root / "sites", self.options.theme_folder}:
            if folder.is_dir():
                observer.schedule(Handler(), str(folder), recursive=True)
        observer.start()

    def wait(self, version: int, timeout: float) -> int:
        """The current version, as soon as it is another than the given one, else after timeout seconds."""
        with self.changed:
            self.changed.wait_for(lambda: self.version != version, timeout)
            return self.version

    def problems(self, site: str) -> list[dict[str, Any]]:
        """The diagnostics of one site and of the cluster itself."""
        return [d.as_json() for d in self.diagnostics if d.site in (site, "")]

    def _run(self) -> None:
        failures = 0
        while True:
            touched = {self.paths.get()}
            deadline = time.monotonic() + SETTLE
            while (left := deadline - time.monotonic()) > 0:
                try:
                    touched.add(self.paths.get(timeout=left))
                    deadline = time.monotonic() + SETTLE
                except queue.Empty:
                    break
            began = time.perf_counter()
            try:
                if LOST in touched:
                    self._watch()
                    touched = touched - {LOST} | self._everything()
                report = self._build(touched)
                failures = 0
            except Exception as problem:  # the preview outlives whatever one build ran into
                failures += not isinstance(problem, Busy)
                if failures < TRIES:  # files may have come and gone while it looked
                    time.sleep(0.2)
                    for path in touched:
                        self.paths.put(path)
                    continue
                failures, reason = 0, str(problem).strip().rpartition("\n")[2]
                report = Report(diagnostics=[FAILED.at("", 0, f"{type(problem).__name__}: {reason}", AGAIN)])
            self.diagnostics = report.diagnostics
            self.known = report.known or self.known
            with self.changed:
                self.version += 1
                self.changed.notify_all()
            self.told(report, time.perf_counter() - began)

    def _everything(self) -> set[str]:
        """What has to be looked at where it is not known what was touched."""
        content = self.options.root / "content"
        return {str(content / site) for site in self.known.registry.sites} if self.known else {str(content)}

    def _build(self, touched: set[str]) -> Report:
        content = (self.options.root / "content").resolve()
        paths = [Path(path).resolve() for path in touched]
        inside = [path.relative_to(content) for path in paths if path.is_relative_to(content)]
        sites = frozenset(path.parts[0] for path in inside if path.parts)
        if self.known and len(inside) == len(paths) and sites <= self.known.registry.sites.keys():
            return build(self.options, known=self.known, touched=sites)
        command = [sys.executable, "-m", "jiyue", "build", "--root", str(self.options.root)]
        command += ["--output", str(self.options.output), "--jobs", str(self.options.jobs), "--format", "json"]
        command += ["--today", self.options.now.replace(" ", "T")] if self.options.now else []
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return build(self.options)  # finds everything done; loads what is known now
