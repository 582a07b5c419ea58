"""Live preview: watches the cluster's files, builds what changed, and notifies open browsers.

An edited article is built in this process, which has everything loaded and knows all other sites. A change of sites,
theme or plugins is built in a new process, because loaded modules and caches would be stale.
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

    from jiyue.preview.unpublished_pages import UnpublishedPages

FAILED = error("preview-build", "预览没有更新", "构建没有完成，浏览器里还是上一次的页面。")
AGAIN = "再保存一次文件；若仍出错，请结束预览后重新运行，并报告这个问题"

SETTLE = 0.015
"""Seconds without further changes before a batch is built: editors write a file in several steps."""
TRIES = 3
LOST = ""
"""Entry in the queue of touched paths: some events were lost."""


class _Lost(logging.Handler):
    """Turns warnings of watchdog (its queue overflowed) into a LOST entry."""

    def __init__(self, level: int, paths: queue.Queue[str]) -> None:
        super().__init__(level)
        self.paths = paths

    def emit(self, record: logging.LogRecord) -> None:
        """Queue LOST."""
        self.paths.put(LOST)


class Live:
    """The state of a live preview: a version that increases with each build, and the present findings.

    on_build: called after each build with its report and its duration in seconds.
    """

    def __init__(self, options: Options, report: Report, on_build: Callable[[Report, float], None]) -> None:
        self.options = replace(options, now="") if not options.now else options
        self.known: Known | None = report.known
        self.diagnostics: list[Diagnostic] = report.diagnostics
        self.version = 1
        self.changed = threading.Condition()
        self.paths: queue.Queue[str] = queue.Queue()
        self.on_build = on_build
        self.observer: BaseObserver | None = None
        self._unpublished: UnpublishedPages | None = None
        self._asked = threading.Lock()

    def start(self) -> None:
        """Start watching, in threads of its own."""
        warnings.filterwarnings("ignore", module="watchdog")
        log = logging.getLogger("watchdog")
        log.propagate = False
        log.addHandler(_Lost(logging.WARNING, self.paths))
        threading.excepthook = self._ended
        self._watch()
        gc.collect()
        gc.freeze()  # keeps what is loaded out of garbage collections, which would delay edits
        threading.Thread(target=self._run, daemon=True).start()

    def _ended(self, args: threading.ExceptHookArgs) -> None:
        """Restart watchdog after an exception in its threads, which happens when folders appear and vanish."""
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
        """Wait until the version differs from the given one, at most timeout seconds, and return it."""
        with self.changed:
            self.changed.wait_for(lambda: self.version != version, timeout)
            return self.version

    @property
    def unpublished(self) -> UnpublishedPages | None:
        """What is not public as of the last build; None before one succeeded."""
        with self._asked:
            if self._unpublished is None and self.known:
                from jiyue.preview.unpublished_pages import UnpublishedPages  # noqa: PLC0415  (only when one is asked for)

                self._unpublished = UnpublishedPages(self.options, self.known, self.diagnostics)
            return self._unpublished

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
            except Exception as problem:  # the preview survives any failed build
                failures += not isinstance(problem, Busy)
                if failures < TRIES:  # files may have appeared or vanished during the build
                    time.sleep(0.2)
                    for path in touched:
                        self.paths.put(path)
                    continue
                failures, reason = 0, str(problem).strip().rpartition("\n")[2]
                report = Report(diagnostics=[FAILED.at("", 0, f"{type(problem).__name__}: {reason}", AGAIN)])
            self.diagnostics = report.diagnostics
            self.known = report.known or self.known
            self._unpublished = None
            with self.changed:
                self.version += 1
                self.changed.notify_all()
            self.on_build(report, time.perf_counter() - began)

    def _everything(self) -> set[str]:
        """The paths to build when it is unknown what was touched."""
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
        return build(self.options)  # everything is up to date; this loads the new state
