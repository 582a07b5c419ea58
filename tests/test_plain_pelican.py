"""Plain `pelican` builds a site as the cluster's build does, and a foreign Pelican plugin works unchanged."""

from __future__ import annotations

import os
import shutil
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


def test_the_settings_for_a_publication_give_the_same_bytes_in_a_folder_of_their_own(
    new_folder: Callable[..., ClusterFolder], tmp_path: Path
) -> None:
    folder = new_folder(SMALL)
    built = folder.build()
    (tmp_path / "cc").mkdir()
    (tmp_path / "cc" / "left.html").write_text("x", "utf-8")
    command = [sys.executable, "-m", "pelican", "-s", str(PRODUCT / "publishconf.py"), "-o", str(tmp_path / "cc")]
    env = {**os.environ, "SITE": "cc", "JIYUE_ROOT": str(folder.root)}
    run = subprocess.run(
        [*command, "--fatal", "warnings"], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert files(tmp_path / "cc") == files(built.output / "cc")


def test_a_setting_that_the_cluster_decides_is_told_and_has_no_effect(
    new_folder: Callable[..., ClusterFolder], tmp_path: Path
) -> None:
    folder = new_folder(SMALL)
    built = folder.build()
    run = pelican(folder.root, "cc", tmp_path / "cc", "-e", 'SITEURL="https://x.example"', 'OF_A_PLUGIN={"a": 1}')
    assert run.returncode == 0, run.stderr
    said = "".join((run.stdout + run.stderr).split())
    assert "SITEURL由站群的配置决定（sites/下的文件）" in said
    assert "OF_A_PLUGIN" not in said
    assert files(tmp_path / "cc") == files(built.output / "cc")


def test_a_theme_of_pelicans_is_refused_in_a_line(new_folder: Callable[..., ClusterFolder], tmp_path: Path) -> None:
    folder = new_folder(SMALL)
    run = pelican(folder.root, "cc", tmp_path / "cc", "-t", "simple")
    assert run.returncode == 1
    assert "是别的程序的：页面的必备要素由本平台的主题放置，见 docs/pelican.md 和 docs/theme.md。" in run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert not (tmp_path / "cc").exists()


def test_a_theme_made_from_ours_is_used(new_folder: Callable[..., ClusterFolder], tmp_path: Path) -> None:
    folder = new_folder(SMALL)
    shutil.copytree(PRODUCT / "themes" / "gov", tmp_path / "own")
    home = tmp_path / "own" / "templates" / "home.html"
    text = home.read_text("utf-8")
    home.write_text(text.replace("{% block main %}", "{% block main %}<p>本省的主题</p>", 1), "utf-8")
    assert home.read_text("utf-8") != text
    run = pelican(folder.root, "cc", tmp_path / "cc", "-t", str(tmp_path / "own"))
    assert run.returncode == 0, run.stdout + run.stderr
    assert "<p>本省的主题</p>" in (tmp_path / "cc" / "index.html").read_text("utf-8")


def test_a_plugin_that_writes_a_file_of_ours_is_told_here_too(
    new_folder: Callable[..., ClusterFolder], tmp_path: Path
) -> None:
    rude = FOREIGN.replace("made-by-plugin.txt", "robots.txt")
    site = SMALL["sites/cc.yaml"] + "plugins: [rude]\n"
    folder = new_folder({**SMALL, "plugins/rude.py": rude, "sites/cc.yaml": site})
    run = pelican(folder.root, "cc", tmp_path / "cc")
    assert run.returncode == 0, run.stderr
    assert "改写了robots.txt，已换回平台的" in "".join((run.stdout + run.stderr).split())
    assert "长春市人民政府" not in (tmp_path / "cc" / "robots.txt").read_text("utf-8")


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
