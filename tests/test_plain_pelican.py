"""Plain `pelican` builds a site as the cluster's build does, and a foreign Pelican plugin works unchanged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.support.cluster import ClusterFolder
from tests.support.samples import png
from tests.test_build import SMALL

PRODUCT = Path(__file__).parents[1]


def pelican(
    root: Path, site: str, output: Path, *more: str, env: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pelican", "-s", str(PRODUCT / "pelicanconf.py"), "-o", str(output), *more]
    given = {**os.environ, "SITE": site, "JIYUE_ROOT": str(root), **env}
    return subprocess.run(command, env=given, cwd=PRODUCT, capture_output=True, text=True, check=False)


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_plain_pelican_gives_the_same_bytes(new_folder: Callable[..., ClusterFolder], tmp_path: Path) -> None:
    folder = new_folder(
        {
            **SMALL,
            "content/cc/tzgg/a.png": png(),
            "content/cc/tzgg/pic.md": SMALL["content/ng/tzgg/a.md"] + "![图](a.png)\n",
        }
    )
    built = folder.build()
    for site in ("cc", "ng"):
        run = pelican(folder.root, site, tmp_path / site)
        assert run.returncode == 0, run.stderr
        assert files(tmp_path / site) == files(built.output / site)


def test_without_o_it_builds_into_the_clusters_output(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(SMALL)
    run = pelican(folder.root, "ng", folder.root / "output" / "ng")
    assert run.returncode == 0, run.stderr
    assert (folder.root / "output" / "ng" / "tzgg" / "index.html").is_file()


def test_it_leaves_other_files_of_its_folder_alone(new_folder: Callable[..., ClusterFolder], tmp_path: Path) -> None:
    folder = new_folder(SMALL)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "CNAME").write_text("x", "utf-8")
    pelican(folder.root, "ng", tmp_path / "out")
    assert (tmp_path / "out" / "CNAME").read_text("utf-8") == "x"


def test_an_unknown_site_is_named(new_folder: Callable[..., ClusterFolder], tmp_path: Path) -> None:
    folder = new_folder(SMALL)
    run = pelican(folder.root, "nowhere", tmp_path / "out")
    assert run.returncode != 0
    assert "没有名为「nowhere」的站点" in run.stderr
    assert not (tmp_path / "out").exists()


FOREIGN = """
from pelican import signals

def mark(pelican_object):
    from pathlib import Path
    Path(pelican_object.output_path, "made-by-plugin.txt").write_text(pelican_object.settings["SITENAME"], "utf-8")

def register():
    signals.finalized.connect(mark)
"""


def test_a_plugin_of_pelican_works_unchanged(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(
        {**SMALL, "plugins/foreign.py": FOREIGN, "sites/cc.yaml": SMALL["sites/cc.yaml"] + "plugins: [foreign]\n"}
    )
    for _ in range(2):
        built = folder.build()
        assert built.diagnostics == []
        assert (built.output / "cc" / "made-by-plugin.txt").read_text("utf-8") == "长春市人民政府"


def test_a_missing_plugin_fails_its_site_by_name(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder({**SMALL, "sites/cc.yaml": SMALL["sites/cc.yaml"] + "plugins: [no_such_plugin]\n"})
    built = folder.build()
    assert built.exit_code == 1
    assert {d["site"] for d in built.diagnostics} == {"cc"}
    assert any("no_such_plugin" in d["message"] for d in built.diagnostics)
