"""Small clusters that show a fault, copied for each test; they are stored with the real texts, if any."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.cluster import ClusterFolder, new_cluster


def cases_folder() -> Path:
    """The folder of the cases; skips the test without one."""
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    if not folder or not (path := Path(folder, "cases")).is_dir():
        pytest.skip("JIYUE_REAL_TEXTS names no folder with cases")
    return path


def case_cluster(name: str, to: Path) -> ClusterFolder:
    """The cluster of a case (`48`, `78a-dup-id` …), copied to a new folder."""
    root = to / f"case-{name}"
    shutil.copytree(cases_folder() / name, root)
    return ClusterFolder(root)


def security_cluster(file: str, to: Path) -> ClusterFolder:
    """A minimal cluster around one file of cases/security.

    Markdown becomes an article of a column; any other file is added next to an article that links to it.
    """
    data = (cases_folder() / "security" / file).read_bytes()
    column = "content/cc/tzgg"
    files: dict[str, str | bytes] = {
        "sites/cc.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
        f"{column}/20261119-neighbour.md": "---\ntitle: 邻居\ndate: 2026-11-19 09:00\n---\n正文。\n",
    }
    if file.endswith(".md"):
        files[f"{column}/20261120-case.md"] = data
    else:
        files[f"{column}/{file}"] = data
        files[f"{column}/20261120-case.md"] = f"---\ntitle: 附件一件\ndate: 2026-11-20 09:00\n---\n见[附件]({file})。\n"
    return new_cluster(to / "security-case", files)
