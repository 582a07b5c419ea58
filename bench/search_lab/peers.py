"""What the search benchmark needs beside the platform: made ready once in a scratch folder, from the registries of PyPI and npm."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("jieba==0.42.1", "opencc==1.4.2", "brotli==1.2.1")
"""Word boundaries and traditional characters of the queries, compressed sizes. None is used by the search itself."""
PAGEFIND = "pagefind@1.6.0"


def packages(folder: Path) -> None:
    """Put PACKAGES into the folder and let this process import them."""
    if not folder.exists():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(folder)]
        subprocess.run([*pip, *PACKAGES], check=True)
    sys.path.append(str(folder))


def pagefind(folder: Path) -> Path | None:
    """The folder with Pagefind in it, None where it can't be had."""
    if not (folder / "node_modules" / "pagefind").exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm")
        install = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", PAGEFIND] if npm else ["false"]
        if subprocess.run(install, cwd=folder, check=False).returncode:
            print(f"{PAGEFIND} could not be installed (npm): its columns are left out")
            return None
    return folder
