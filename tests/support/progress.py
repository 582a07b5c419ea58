"""Progress of `make test`, in Chinese and as lines fit for a log: pytest -p tests.support.progress."""

from __future__ import annotations

import time
from typing import Any

import pytest

STEPS = 20
"""Lines per run; in addition there is a line at least every SILENCE seconds."""
SILENCE = 60.0


class Progress:
    """Counts finished tests; with several processes the main one reports the others' results, too."""

    def __init__(self, reporter: Any) -> None:
        self.reporter = reporter
        self.total = self.done = self.failed = self.skipped = 0
        self.began = self.last_line = time.monotonic()
        self.next = 1.0 / STEPS

    def write(self, line: str) -> None:
        """Write a line and flush it."""
        self.reporter.write_line(line)
        self.reporter.flush()

    def begin(self, total: int) -> None:
        """Report the number of tests when it is known."""
        if not self.total and total:
            self.total = total
            self.write(f"共 {total} 项测试，开始运行。")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if not hasattr(session.config, "workerinput"):
            self.begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self.begin(len(ids))

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Print no letters; the line of a failure is written elsewhere."""
        if report.passed or report.skipped:
            return ("skipped" if report.skipped else "passed" if report.when == "call" else "", "", "")
        return ("failed" if report.when == "call" else "error", "", "")

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed += 1
            self.write(f"失败：{report.nodeid}")
        self.skipped += report.skipped
        if report.when != "teardown":
            return
        self.done += 1
        now = time.monotonic()
        if self.total and (self.done >= self.next * self.total or now - self.last_line > SILENCE):
            self.next = (self.done * STEPS // self.total + 1) / STEPS
            self.last_line = now
            share = 100 * self.done // self.total
            self.write(f"已完成 {self.done}/{self.total}（{share}%），失败 {self.failed}，用时 {self.elapsed(now)}")

    def pytest_terminal_summary(self) -> None:
        passed = self.done - self.failed - self.skipped
        self.write(
            f"共 {self.done} 项：通过 {max(passed, 0)}，失败 {self.failed}，跳过 {self.skipped}，用时 {self.elapsed(time.monotonic())}。"
        )

    def elapsed(self, now: float) -> str:
        """The time since the beginning."""
        minutes, seconds = divmod(int(now - self.began), 60)
        return f"{minutes} 分 {seconds} 秒" if minutes else f"{seconds} 秒"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin, but not in worker processes."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(reporter), "jiyue-progress")
