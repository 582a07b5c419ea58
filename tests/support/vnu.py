"""Runs the Nu HTML checker, in one Java process for any number of folders and files."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

JAR = Path(__file__).parents[2] / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


def vnu(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """All errors in the given HTML files and folders: [{url, lastLine, message, …}]."""
    paths = list(paths)
    if shutil.which("java") is None or not JAR.is_file():
        raise RuntimeError("Java or vnu.jar is not installed: run `make test-tools`")
    for path in paths:
        if not (path.is_file() or any(path.rglob("*.html"))):
            raise ValueError(f"nothing to check: {path} is no file and holds no .html")
    run = subprocess.run(
        ["java", "-jar", JAR, "--format", "json", "--errors-only", "--stdout", "--skip-non-html", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        messages: list[dict[str, Any]] = json.loads(run.stdout)["messages"]
    except ValueError as error:
        raise RuntimeError(f"vnu failed: {run.stdout}{run.stderr}") from error
    return messages
