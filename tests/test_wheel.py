"""A wheel contains everything `jiyue` needs: installed without a checkout, it creates and builds a cluster."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ("jiyue", "jiyue_plugins", "themes", "pyproject.toml", "setup.py", "README.md", "LICENSE")
SITE = "name: {name}\nkind: {kind}\nurl: https://www.{id}.example\n"
LEAST = {
    "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\n",
    "sites/jilin.yaml": SITE.format(name="吉林省人民政府", kind="province", id="jl"),
    "sites/changchun.yaml": SITE.format(name="长春市人民政府", kind="prefecture", id="cc") + "superior: jilin\n",
    "content/changchun/tzgg/20261120-notice.md": "---\ntitle: 关于……的通知\ndate: 2026-11-20 09:30\n---\n正文。\n",
}
"""The least that works."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, because setuptools leaves a folder `build` where it works."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / name)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "--no-index"]
    done = subprocess.run([*pip, "-w", str(folder / "out"), str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = (folder / "out").glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_its_packages(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    for package, folder in {"jiyue": "jiyue", "jiyue_plugins": "jiyue_plugins", "jiyue_themes": "themes"}.items():
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        there = {f"{package}/{path.relative_to(ROOT / folder).as_posix()}" for path in files}
        assert {name for name in there - held if not name.endswith((".md", "click.po"))} == set()
    assert not any(name.startswith(("plugins/", "tests/", "themes/")) for name in held)


def test_an_installed_program_makes_and_builds_a_cluster(wheel: Path, tmp_path: Path) -> None:
    """The libraries are those of this environment; of the product there is only what the wheel holds."""
    place = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(place)
    program = f"""
import sys
sys.path[:0] = [{str(place)!r}, {sysconfig.get_paths()["purelib"]!r}]
from jiyue.cli import main
main()
"""
    (tmp_path / "program.py").write_text(program, "utf-8")

    def jiyue(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", str(tmp_path / "program.py"), *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done := jiyue("init", "new", "--today", "2026-11-28")).returncode == 0, done.stderr
    assert (done := jiyue("check", "--root", "new", "--today", "2026-11-28")).returncode == 0, done.stdout
    assert (done := jiyue("build", "--root", "new", "--today", "2026-11-28")).returncode == 0, done.stdout
    assert "网站开通" in (tmp_path / "new/output/menhu/index.html").read_text("utf-8")
    for name, text in LEAST.items():
        path = tmp_path / "least" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert (done := jiyue("build", "--root", "least", "--today", "2026-11-28")).returncode == 0, (
        done.stdout + done.stderr
    )
    own = [sys.executable, "-m", "jiyue", "build", "--root", str(tmp_path / "least"), "--today", "2026-11-28"]
    subprocess.run([*own, "--output", str(tmp_path / "own")], cwd=ROOT, check=True, capture_output=True)
    for site in ("jilin", "changchun"):
        theirs, ours = (files(folder / site) for folder in (tmp_path / "least/output", tmp_path / "own"))
        assert theirs == ours
    if shutil.which("node"):
        assert "关于" in jiyue("search", "changchun", "通知", "--root", "least").stdout


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
