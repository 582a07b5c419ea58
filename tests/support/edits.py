"""A small cluster for random edits, and the two builds that must agree: incremental and clean.

Almost everything runs in this process, where a build of four small sites takes a quarter of a second.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from jiyue import PRODUCT_ROOT
from jiyue.base.cache import Busy, Cache
from jiyue.base.executor import InProcess
from jiyue.build import rendering
from jiyue.build import site as site_build
from jiyue.build.cluster import build
from jiyue.build.options import Options, Report
from jiyue.build.task import SiteTask
from jiyue.render import output
from tests.support.samples import pdf

SITES: dict[str, dict[str, Any]] = {
    "jilin": {"name": "吉林省人民政府", "kind": "province", "url": "https://www.jl.example"},
    "cc": {"name": "长春市人民政府", "kind": "prefecture", "superior": "jilin", "url": "https://www.cc.example"},
    "nong": {
        "name": "农安县人民政府",
        "kind": "county",
        "superior": "cc",
        "url": "https://www.jl.example/nong",
        "offline": "on",
    },
    "czt": {"name": "吉林省财政厅", "kind": "department", "superior": "jilin", "url": "https://czt.jl.example",
            "screens": {"columns": ["yw", "tzgg"]}},
}  # fmt: skip
EXTRA = {"name": "德惠市人民政府", "kind": "county", "superior": "cc", "url": "https://dehui.jl.example"}
COLUMNS = [
    {"path": "yw", "name": "要闻动态", "type": "工作动态"},
    {"path": "tzgg", "name": "通知公告", "type": "通知公告"},
    {"path": "tzgg/gs", "name": "公示", "type": "通知公告"},
]
PROFILES = {"full": COLUMNS, "short": COLUMNS[:2]}
FOLDERS = ("yw", "tzgg", "tzgg/gs", "zhuanti", "")
"""Columns of both profiles, of one profile, undeclared, and '' for single pages."""


def png(number: int) -> bytes:
    """A small picture, different for each number."""
    out = BytesIO()
    Image.new("RGB", (20, 10), (number % 256, number // 256 % 256, 90)).save(out, "png")
    return out.getvalue()


class Direct(InProcess):
    """Builds every site in this process, without Pelican, for clean and killed builds."""

    def submit(self, work: Callable[[Any], Any], argument: Any) -> None:
        super().submit(work, replace(argument, hosted=False) if isinstance(argument, SiteTask) else argument)


@contextmanager
def direct(compiled: Path) -> Iterator[None]:
    """Builds inside this block never fork, and compile each template once, into the given folder."""
    executor, environment = rendering._executor, site_build.environment
    rendering._executor = lambda *_: Direct()
    site_build.environment = lambda theme, _, language: environment(theme, compiled, language)
    try:
        yield
    finally:
        rendering._executor, site_build.environment = executor, environment


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class Cluster:
    """Sources, output and store of one cluster below `base`."""

    def __init__(self, base: Path, search: str = "on") -> None:
        self.base, self.root = base, base / "cluster"
        self.output = self.root / "output"
        self.now = "2026-11-20 09:00"
        self.sites = {site: {**data, "profile": "full"} for site, data in SITES.items()}
        self.clean_builds = 0
        shutil.copytree(PRODUCT_ROOT / "themes" / "gov", self.root / "themes" / "gov")
        self.write(
            "sites/cluster.yaml",
            json.dumps({"name": "测试站群", "root": "jilin", "search": search}, ensure_ascii=False),
        )
        self.write_profiles("")
        for site in self.sites:
            self.write_site(site)
            self.article(site, "yw", "a", "第一条新闻", body="正文。\n\n![图](p.png)\n\n[附件](p.pdf)、[另一篇](b.md)")
            self.article(site, "yw", "b", "第二条新闻", date="2026-11-02 10:00")
            self.article(site, "tzgg", "c", "关于某事的通知", date="2026-11-03 10:00", push_down="all")
            self.write(f"content/{site}/yw/p.png", png(0))
            self.write(f"content/{site}/yw/p.pdf", pdf())

    # -- sources ------------------------------------------------------------------------------------------------------

    def write(self, name: str, data: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    def article(
        self,
        site: str,
        folder: str,
        name: str,
        title: str,
        body: str = "正文。",
        date: str = "2026-11-01 10:00",
        **more: Any,
    ) -> None:
        head = {"title": title, "date": date, **more}
        lines = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in head.items())
        self.write("/".join(filter(None, ["content", site, folder, f"{name}.md"])), f"---\n{lines}---\n\n{body}\n")

    def write_site(self, site: str) -> None:
        self.write(f"sites/{site}.yaml", json.dumps(self.sites[site], ensure_ascii=False))

    def write_profiles(self, suffix: str) -> None:
        for name, columns in PROFILES.items():
            named = [{**column, "name": column["name"] + suffix} for column in columns]
            self.write(
                f"sites/profiles/{name}.yaml", json.dumps({"name": name, "columns": {"all": named}}, ensure_ascii=False)
            )

    def files(self, pattern: str = "*") -> list[Path]:
        """Source files in a stable order."""
        return sorted(p for p in (self.root / "content").rglob(pattern) if p.is_file())

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace text in a source, which must contain `old`."""
        path = self.root / name
        text = path.read_text("utf-8")
        assert old in text, (name, old)
        path.write_text(text.replace(old, new, 1), "utf-8")

    # -- builds -------------------------------------------------------------------------------------------------------

    def options(self, **more: Any) -> Options:
        return Options(**{"root": self.root, "output": self.output, "jobs": 1, "now": self.now, **more})

    def build(self, **more: Any) -> Report:
        """Build incrementally."""
        return build(self.options(**more))

    def clean(self) -> tuple[Report, dict[str, bytes]]:
        """Build without a cache into an empty folder: (report, all files)."""
        self.clean_builds += 1
        folder = self.base / f"clean{self.clean_builds}"
        with direct(self.base / "compiled"):
            report = build(self.options(output=folder, cache=False))
        files = tree(folder)
        shutil.rmtree(folder, ignore_errors=True)
        return report, files

    def kill(self, event: int, half: bool) -> None:
        """Start a build in a child that is killed at its event-th write, drop or removal; half: in the middle of a write."""
        pid = os.fork()
        if not pid:
            try:
                _die_at(event, half)
                with direct(self.base / "compiled"):
                    build(self.options())
            finally:
                os._exit(0)
        os.waitpid(pid, 0)

    def compare(self) -> Report:
        """Build both ways and assert equal files and findings, and that a further build has nothing to do.

        A cluster with a broken cluster file or root site can't be built at all: then the output must stay untouched.
        """
        before = tree(self.output)
        report = self.build()
        clean, wanted = self.clean()
        found = tree(self.output)
        if report.failed == ["cluster"]:
            assert (found, wanted) == (before, {})
            assert clean.failed == report.failed
            assert [str(d) for d in report.diagnostics] == [str(d) for d in clean.diagnostics]
            return report
        assert sorted(found) == sorted(wanted)
        for path, data in wanted.items():
            assert found[path].decode("utf-8", "replace").split("\n") == data.decode("utf-8", "replace").split("\n"), (
                path
            )
        assert [str(d) for d in report.diagnostics] == [str(d) for d in clean.diagnostics]
        assert report.failed == clean.failed
        again = self.build()
        assert [(r.site, r.reasons) for r in again.results if r.written or r.removed] == []
        assert again.reasons == {r.site: again.reasons[r.site] for r in again.results if r.failed}
        return report


def _die_at(event: int, half: bool) -> None:
    """In a child: send SIGKILL to itself before the event-th change of a file."""
    left = event

    def step() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    fill, remove, put, drop = output._fill, output.Output.remove, Cache.put, Cache.drop

    def fill_(handle: int, data: bytes) -> None:
        if step():
            os.write(handle, data[: len(data) // 2] if half else b"")
            die()
        fill(handle, data)

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any) -> Any:
            if step():
                die()
            return function(*args)

        return wrapped

    output._fill = fill_
    output.Output.remove = wrap(remove)  # type: ignore[method-assign]
    Cache.put, Cache.drop = wrap(put), wrap(drop)  # type: ignore[method-assign]


__all__ = ["EXTRA", "FOLDERS", "PROFILES", "Busy", "Cluster", "direct", "png", "tree"]
