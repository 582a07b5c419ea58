"""Installs what the search benchmark needs besides the platform into a scratch folder, once, from PyPI and npm."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("jieba==0.42.1", "opencc==1.4.2", "brotli==1.2.1")
"""For word boundaries and traditional characters of queries, and compressed sizes. The search itself uses none of them."""
PAGEFIND = "pagefind@1.6.0"


def packages(folder: Path) -> None:
    """Install PACKAGES into the folder and make them importable."""
    if not folder.exists():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(folder)]
        subprocess.run([*pip, *PACKAGES], check=True)
    sys.path.append(str(folder))


def pagefind(folder: Path) -> Path | None:
    """The folder with Pagefind; None if it can't be installed."""
    if not (folder / "node_modules" / "pagefind").exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm")
        install = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", PAGEFIND] if npm else ["false"]
        if subprocess.run(install, cwd=folder, check=False).returncode:
            print(f"{PAGEFIND} could not be installed (npm): its columns are left out")
            return None
    return folder
