"""A cluster in a temporary folder, built like an officer does: with the command, in a process of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.commands import jiyue

TODAY = "2026-11-23"

DEFAULTS = {
    "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n",
}
"""The smallest working cluster; files of a test with the same paths replace these."""


@dataclass(frozen=True)
class Built:
    """The result of one run of `jiyue build`."""

    root: Path
    output: Path
    exit_code: int
    stdout: str
    stderr: str

    @property
    def diagnostics(self) -> list[dict[str, Any]]:
        """The JSON diagnostics on stdout. Raises AssertionError with all output if there is no JSON."""
        try:
            return list(json.loads(self.stdout))
        except (ValueError, TypeError) as error:
            raise AssertionError(
                f"no JSON diagnostics (exit {self.exit_code})\n{self.stdout}\n{self.stderr}"
            ) from error

    def rules(self) -> list[str]:
        """The ids of the rules that fired, in order of output."""
        return [found["rule"] for found in self.diagnostics]

    def html(self, site: str, path: str = "") -> str:
        """The HTML of a site's page at a path: "" is the home page, "tzgg/" a column's list."""
        if not path or path.endswith("/"):
            path += "index.html"
        return (self.output / site / path).read_text(encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Path -> bytes of every file of the output, so that two builds can be compared with `==`."""
        return {
            path.relative_to(self.output).as_posix(): path.read_bytes()
            for path in sorted(self.output.rglob("*"))
            if path.is_file()
        }


@dataclass(frozen=True)
class ClusterFolder:
    """A cluster's sources, to be edited and built repeatedly."""

    root: Path

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files by their path relative to the root."""
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def remove(self, *names: str) -> None:
        """Delete files or whole folders."""
        for name in names:
            path = self.root / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def build(
        self,
        *args: str,
        today: str = TODAY,
        jobs: int = 1,
        output: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Built:
        """Run `jiyue build` with extra arguments (site ids, options) and extra environment variables."""
        output = output or self.root / "output"
        command = ["build", *args, "--root", str(self.root), "--output", str(output)]
        command += ["--jobs", str(jobs), "--today", today, "--format", "json"]
        return Built(self.root, output, *jiyue(*command, env=env))


def new_cluster(root: Path, files: Mapping[str, str | bytes]) -> ClusterFolder:
    """A cluster with these files, and with DEFAULTS for other paths."""
    root.mkdir(parents=True, exist_ok=True)
    folder = ClusterFolder(root)
    folder.write({**DEFAULTS, **files})
    return folder
