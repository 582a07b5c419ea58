"""Lighthouse's four mobile scores for the demonstration's home page, a list and an article, in the system's Chromium.

    python -m bench.lighthouse          (part of `make bench`; installs the packages of package-lock.json once)

Goal: at least 98 each. The performance score depends on the machine's other load.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.build.clusters import PROGRAM
from tests.support.browser import served

HERE = Path(__file__).parent
PRODUCT = HERE.parents[1]
SITE = "jilin"
GOAL = 98
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SHELL = "--headless --no-sandbox --disable-gpu"


def pages(output: Path) -> dict[str, str]:
    """The measured pages: name -> path on the site."""
    newest = max((output / SITE / "api").glob("articles-*.jsonl"))
    first = json.loads(newest.read_text("utf-8").partition("\n")[0])
    return {"home": "", "list": "tzgg/", "article": first["url"].partition(".example/")[2]}


def scores(address: str, home: Path) -> dict[str, int]:
    """Category -> 0 to 100. Raises CalledProcessError with what Lighthouse printed."""
    command = ["node", str(HERE / "node_modules" / "lighthouse" / "cli" / "index.js"), address, "--quiet", "--output=json",
               f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={SHELL}"]  # fmt: skip
    chromium = shutil.which("chromium") or sys.exit("没有 chromium：先运行 make test-tools")
    env = {**os.environ, "CHROME_PATH": chromium, "HOME": str(home)}
    run = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return {name: round(100 * found["score"]) for name, found in json.loads(run.stdout)["categories"].items()}


def main() -> int:
    """Print a line for each page; returns 1 if a score is below the goal."""
    if not (HERE / "node_modules").is_dir():
        shutil.copy(PRODUCT / ".npmrc", HERE / ".npmrc")
        subprocess.run(["npm", "ci", "--loglevel=error"], cwd=HERE, check=True)
    low = False
    with TemporaryDirectory(prefix="jiyue-lighthouse-") as folder:
        output = Path(folder, "output")
        build = [*PROGRAM, "build", SITE, "--root", str(PRODUCT), "--output", str(output), "--no-cache"]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        print(f"\n{'page':10}" + "".join(f"{name:>16}" for name in CATEGORIES))
        with served(output / SITE) as base:
            for name, path in pages(output).items():
                found = scores(f"{base}/{path}", Path(folder))
                print(f"{name:10}" + "".join(f"{found[category]:16}" for category in CATEGORIES), flush=True)
                low |= min(found.values()) < GOAL
    return int(low)


if __name__ == "__main__":
    sys.exit(main())
