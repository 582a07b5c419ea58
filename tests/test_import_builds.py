"""Real official texts, imported into a cluster and built: pages with the right titles and dates."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path

from tests.support.cluster import ClusterFolder


def test_at_least_250_real_texts_become_pages(new_folder: Callable[..., ClusterFolder], real_texts: Path) -> None:
    folder = new_folder({})
    source = real_texts / "documents"
    texts = [p for p in source.rglob("*") if p.suffix in (".md", ".txt")]
    command = [sys.executable, "-m", "jiyue", "import", "markdown", str(source), "--site", "jilin", "--column", "zcwj",
               "--root", str(folder.root), "--today", "2026-11-23"]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr
    written = sorted((folder.root / "content" / "jilin" / "zcwj").glob("*.md"))
    built = folder.build(jobs=2)
    records = [
        json.loads(line)
        for path in (built.output / "jilin" / "api").glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    ]
    withheld = {d["path"] for d in built.diagnostics if d["severity"] == "error"}
    assert len(records) >= 250
    assert len(records) + len(withheld) == len(written)
    assert len(written) + run.stderr.count("错误 [import-") >= len(texts)
    for record in records:
        page = (built.output / "jilin" / record["url"].removeprefix("https://www.jl.example/")).read_text("utf-8")
        assert f"<h1>{record['title']}</h1>" in unescape(page)
        assert record["date"] <= "2026-11-23 23:59"
        assert record["date"][:10] in page
        assert Path(record["source_path"]).name.startswith(record["date"][:10].replace("-", ""))
