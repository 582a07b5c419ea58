"""Compares the search with Pagefind 1.6 on one corpus: bytes, requests, ranks, build, edit. `make bench` runs it.

    python -m bench search [--sizes 1000,10000] [--large] [--texts DIR] [--work DIR]

--texts: real documents (default: $JIYUE_REAL_TEXTS; without either, invented words). --large adds 100,000 articles for
ours only. Pagefind is installed into the work folder (search_lab/peers.py); if that fails, its column is left out. All
figures come from the run that prints them; queries are held out (odd articles, separate seeds).
"""

from __future__ import annotations

import argparse
import html
import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "search_lab")]

import consultation  # noqa: E402
import peers  # noqa: E402
from corpus import corpus  # noqa: E402
from queries import HARD, KNOWN, queries  # noqa: E402

from jiyue.render.theme.search_modules import client_files  # noqa: E402
from jiyue.search.build import build_index  # noqa: E402
from jiyue.search.folder import FolderOutput  # noqa: E402
from jiyue.search.model import SearchDoc  # noqa: E402
from jiyue.search.node import MODULES, ask  # noqa: E402
from jiyue.search.totals import Totals  # noqa: E402
from jiyue.search.update import update_index  # noqa: E402

GOALS = {
    "cold kB": (20, 25, 32),
    "next kB p50": (15, 20, 28),
    "next kB p90": (25, 35, 45),
    "requests p50": (16, 18, 20),
    "known MRR": (0.99, 0.99, 0.98),
    "hard MRR": (None, 0.93, 0.90),
    "build ms": (1.0, 1.0, None),
    "build MB": (None, 250, 700),
    "edit ms": (100, 100, 100),
    "edit files": (60, 60, 60),
    "new ms": (100, 100, 100),
    "new files": (60, 60, 60),
    "key to results ms p50": (30, 30, 60),
    "key to results ms p90": (30, 30, 60),
}


class Store(dict[bytes, bytes]):
    """A token cache in memory."""

    def put(self, key: bytes, value: bytes) -> None:
        self[key] = value


def documents(articles: list[dict[str, Any]]) -> list[SearchDoc]:
    """The articles as a site's pages."""
    return [
        SearchDoc(
            id=str(one["id"]),
            url=f"{one['date'][:4]}/{one['id']}.html",
            title=one["title"],
            text="\n".join(one["body"]),
            date=one["date"],
            doc_number=one["docno"],
            column="zwgk",
            column_name="政务公开",
            kind="document" if one["docno"] else "news",
            digest=f"{one['id']}",
        )
        for one in articles
    ]


def point(values: list[float], share: float) -> float:
    """The quantile of values at a share, 0 without values."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def mrr(asked: list[dict[str, Any]], hits: list[list[int]]) -> float:
    """Mean reciprocal rank of the first right answer among ten."""
    ranks = [
        next((1 / (at + 1) for at, hit in enumerate(found[:10]) if hit in one["answers"]), 0.0)
        for one, found in zip(asked, hits, strict=True)
    ]
    return sum(ranks) / len(ranks) if ranks else 0.0


def numbers(answer: dict[str, Any]) -> list[int]:
    """The ids of an answer's hits."""
    return [int(hit["url"].rsplit("/", 1)[1][:-5]) for hit in answer["hits"]]


def compressed(data: bytes) -> int:
    """Bytes after brotli, as text is served."""
    import brotli  # noqa: PLC0415  (only sizes want it)

    return len(brotli.compress(data))


def built_apart(path: Path, index: Path, size: int) -> tuple[float, float]:
    """(CPU milliseconds per article, peak MB) of a separate process that reads the corpus and builds the index on one core."""
    code = (
        "import json, sys, time, resource; from pathlib import Path; sys.path[:0] = sys.argv[3:]\n"
        "import search; from jiyue.search.build import build_index\n"
        "docs = search.documents([json.loads(line) for line in open(sys.argv[1], encoding='utf-8')])\n"
        "begin = time.process_time(); build_index(docs, Path(sys.argv[2]), suggestions=False)\n"
        "print(time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    shutil.rmtree(index, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(index), str(HERE), str(HERE.parent)],
        capture_output=True,
        text=True,
        check=True,
    )
    cpu, peak = done.stdout.split()
    return float(cpu) / size * 1000, float(peak) / 1024


def edits(docs: list[SearchDoc], index: Path, runs: int = 5) -> dict[str, float]:
    """For a small edit of an old article, and for a new article of the current period, as the cluster's build makes them:
    wall and CPU milliseconds, what is kept of the last run read and written, the least of several; and changed files."""
    store = Store()
    shutil.rmtree(index, ignore_errors=True)
    kept = json.dumps(build_index(docs, index, cache=store, suggestions=False).totals.plain())
    old, newest = docs[len(docs) // 3], max(doc.date for doc in docs)
    figures: dict[str, float] = {}
    for run in range(runs):
        edited = old._replace(text=old.text + f"联系电话同前{run}。", digest=f"edited {run}")
        new = docs[0]._replace(id=f"new {run}", url="2025/1000001.html", date=newest, digest=f"new {run}")
        for name, gone, come in (("edit", [old], [edited]), ("new", [], [new]), ("", [edited, new], [old])):
            out = FolderOutput(index)
            wall, cpu = time.perf_counter(), time.process_time()
            report = update_index(Totals.read(json.loads(kept)), gone, come, out, cache=store, suggestions=False)
            assert report, "the change needed all documents"
            out.close()
            kept = json.dumps(report.totals.plain())
            taken = {"ms": time.perf_counter() - wall, "CPU ms": time.process_time() - cpu}
            for unit, seconds in taken.items() if name else ():
                row = f"{name} {unit}"
                figures[row] = min(figures.get(row, 1e9), seconds * 1000)
            if name:
                figures[f"{name} files"] = max(figures.get(f"{name} files", 0), out.touched)
    return figures


def ours(
    size: int, articles: list[dict[str, Any]], path: Path, known: list[Any], hard: list[Any], work: Path
) -> dict[str, float]:
    """Our figures."""
    index = work / f"index-{size}"
    docs = documents(articles)
    figures = dict(zip(("build ms", "build MB"), built_apart(path, index, size), strict=True))
    figures["index MB"] = sum(file.stat().st_size for file in index.rglob("*") if file.is_file()) / 1e6
    figures["index files"] = sum(file.is_file() for file in index.rglob("*"))
    client, manifest = compressed(client_files(MODULES)["page.mjs"]), compressed((index / "m.json").read_bytes())
    answers = list(ask(index, [one["query"] for one in known]))
    fresh = [answer["bytes"] - answer["kinds"]["m.json"][1] for answer in answers]
    figures["cold kB"] = (client + manifest + point(fresh, 0.5)) / 1000
    figures |= {"next kB p50": point(fresh, 0.5) / 1000, "next kB p90": point(fresh, 0.9) / 1000}
    figures["requests p50"] = point([answer["files"] - 1 for answer in answers], 0.5)
    figures["known MRR"] = mrr(known, [numbers(answer) for answer in answers])
    figures["hard MRR"] = mrr(hard, [numbers(answer) for answer in ask(index, [one["query"] for one in hard])])
    figures["Node ms p90"] = point([answer["ms"] for answer in answers], 0.9)
    figures |= in_chromium(index, [one["query"] for one in known], work)
    figures |= edits(docs, index)
    titles = found_by_title(docs, index)
    return figures | {"titles found %": titles}


def in_chromium(index: Path, asked: list[str], work: Path) -> dict[str, float]:
    """Milliseconds from Enter to the results, with everything fetched before; {} without a browser."""
    if not (shutil.which("chromium") and importlib.util.find_spec("playwright")):
        return {}
    queries = work / "queries.txt"
    queries.write_text("\n".join(query.replace("\n", " ") for query in asked[::4]), "utf-8")
    command = [sys.executable, str(HERE / "search_lab" / "chromium.py"), str(index), str(queries)]
    p50, p90 = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return {"key to results ms p50": float(p50), "key to results ms p90": float(p90)}


def found_by_title(docs: list[SearchDoc], index: Path, most: int = 60) -> float:
    """Percentage of titles, and of pairs of adjacent Han characters in them, that find their page."""
    step = max(1, len(docs) // most)
    asked = []
    for doc in docs[::step]:
        pairs = [
            first + second
            for first, second in zip(doc.title, doc.title[1:], strict=False)
            if "\u4e00" <= min(first, second) <= max(first, second) <= "\u9fff"
        ]
        asked += [(query, doc.url) for query in (doc.title, *pairs)]
    urls = {}
    for path in index.glob("?/d/*/*"):
        segment, _, high, low = path.relative_to(index).parts
        data = path.read_bytes()
        urls[segment, int(high, 16) << 8 | int(low, 16)] = json.loads(
            zlib.decompress(data[1:], -15).decode("gbk" if data[:1] == b"g" else "utf-8")
        )[0]
    answers = ask(index, [query for query, _ in asked], options={"all": True})
    held = [
        any(urls.get((segment, number)) == url for segment, number in answer["found"])
        for (_, url), answer in zip(asked, answers, strict=True)
    ]
    return 100 * sum(held) / len(held)


PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title></head>
<body><header data-pagefind-ignore>首页 政务公开</header><main data-pagefind-body><h1>{title}</h1>
<p><time data-pagefind-sort="date">{date}</time> <span data-pagefind-meta="docno">{docno}</span></p>
{body}
</main></body></html>
"""


def pagefind(
    size: int, articles: list[dict[str, Any]], known: list[Any], hard: list[Any], where: Path, work: Path
) -> dict[str, float]:
    """Pagefind's figures for the same articles as pages."""
    pages, index = work / f"pages-{size}", work / f"pagefind-{size}"
    for one in articles:
        path = pages / one["date"][:4] / f"{one['id']}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        body = "\n".join(f"<p>{html.escape(part)}</p>" for part in one["body"])
        path.write_text(
            PAGE.format(title=html.escape(one["title"]), date=one["date"], docno=one["docno"], body=body), "utf-8"
        )
    shutil.rmtree(index, ignore_errors=True)
    command = ["npx", "--no-install", "pagefind", "--site", str(pages), "--output-path", str(index)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=where, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures = {"build ms": cpu / size * 1000, "build MB": after.ru_maxrss / 1024}
    figures["index MB"] = sum(file.stat().st_size for file in index.rglob("*") if file.is_file()) / 1e6
    figures["index files"] = sum(file.is_file() for file in index.rglob("*"))
    client = sum(compressed((index / name).read_bytes()) for name in ("pagefind.js", "pagefind-worker.js"))
    for name, asked in (("known", known), ("hard", hard)):
        lines = "".join(one["query"].replace("\n", " ") + "\n" for one in asked)
        done = subprocess.run(
            ["node", str(HERE / "search_lab" / "pagefind.mjs"), str(index)],
            input=lines,
            capture_output=True,
            text=True,
            check=True,
        )
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        figures[f"{name} MRR"] = mrr(asked, [answer["hits"] for answer in answers])
        if name == "known":
            own = [answer["own"] for answer in answers]
            figures["cold kB"] = (client + answers[0]["shared"] + point(own, 0.5)) / 1000
            figures |= {
                "next kB p50": point(own, 0.5) / 1000,
                "next kB p90": point(own, 0.9) / 1000,
                "requests p50": point([answer["files"] for answer in answers], 0.5),
            }
            figures["Node ms p90"] = point([answer["ms"] for answer in answers], 0.9)
    return figures


def natural(texts: Path, work: Path) -> list[str]:
    """The lines for natural questions: ours and BM25."""
    asked, material = consultation.material(texts)
    index = work / "consultation"
    build_index(
        [SearchDoc(id_, f"{id_}.html", title, text, date="2020-01-01") for id_, title, text in material],
        index,
        suggestions=False,
    )
    answers = ask(index, [question for question, _ in asked])
    runs = {
        "BM25": consultation.bm25([question for question, _ in asked], material),
        "ours": [[hit["url"][:-5] for hit in one["hits"]] for one in answers],
    }
    lines, figures = [], {}
    for name, found in runs.items():
        ranks = [
            next((1 / (at + 1) for at, id_ in enumerate(ids) if id_ in right), 0.0)
            for ids, (_, right) in zip(found, asked, strict=True)
        ]
        figures[name] = sum(ranks) / len(ranks), sum(rank > 0 for rank in ranks) / len(ranks)
        lines.append(f"  {name:5} MRR@10 {figures[name][0]:.4f}  hit@10 {figures[name][1]:.3f}")
    gains = [figures["ours"][part] / figures["BM25"][part] - 1 for part in (0, 1)]
    return [*lines, f"  gain  {gains[0]:+.1%} MRR, {gains[1]:+.1%} hit@10 (goal +5 % each)"]


def show(sizes: list[int], figures: dict[tuple[int, str], dict[str, float]]) -> None:
    """Print the table with the goals; figures that miss their goal are marked."""
    columns = [key for size in sizes for key in ((size, "ours"), (size, "Pagefind 1.6")) if key in figures]
    print("\n| | " + " | ".join(f"{name} {size:,}" for size, name in columns) + " |\n|---|" + "---|" * len(columns))
    for row in [*GOALS, "edit CPU ms", "new CPU ms", "titles found %", "Node ms p90", "index MB", "index files"]:
        cells = []
        for size, name in columns:
            value = figures[size, name].get(row)
            goal = (
                GOALS.get(row, (None,) * 3)[(1000, 10_000, 100_000).index(size)]
                if name == "ours" and size in (1000, 10_000, 100_000)
                else None
            )
            better = row.endswith("MRR")
            missed = goal is not None and value is not None and (value < goal if better else value > goal)
            cells.append("–" if value is None else f"{value:.3f}" if better else f"{value:,.1f}".removesuffix(".0"))
            cells[-1] += f" (goal {goal}{', MISSED' if missed else ''})" if goal is not None else ""
        print(f"| {row} | " + " | ".join(cells) + " |")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--texts", type=Path, default=os.environ.get("JIYUE_REAL_TEXTS"))
    parser.add_argument("--work", type=Path, default=Path(".bench"), help="scratch: about 0.5 GB, with --large 2 GB")
    parser.add_argument("--each", type=int, default=40)
    options = parser.parse_args()
    texts = Path(options.texts) if options.texts else None
    peers.packages(options.work.resolve() / "search-packages")
    peer = peers.pagefind(options.work.resolve() / "pagefind")
    work = options.work.resolve() / "search"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    sizes = [int(size) for size in options.sizes.split(",")] + ([100_000] if options.large else [])
    print(
        f"texts: {'real ones, recombined' if texts else 'invented words'}; work in {work}; load {os.getloadavg()[0]:.1f}"
    )
    figures: dict[tuple[int, str], dict[str, float]] = {}
    for size in sizes:
        articles = corpus(size, texts)
        path = work / f"corpus-{size}.jsonl"
        path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in articles), "utf-8")
        each = options.each if size <= 10_000 else max(5, options.each // 3)
        known, hard = queries(articles, KNOWN, 77, each), queries(articles, HARD, 78, each)
        characters = sum(len("".join(one["body"])) for one in articles)
        print(
            f"{size:,} articles of {characters / size:.0f} characters, {len(known)} + {len(hard)} queries",
            flush=True,
        )
        figures[size, "ours"] = ours(size, articles, path, known, hard, work)
        if peer and size <= 10_000:
            figures[size, "Pagefind 1.6"] = pagefind(size, articles, known, hard, peer, work)
    show(sizes, figures)
    print(
        "\nclient, brotli: " + ", ".join(f"{name} {compressed(data):,}" for name, data in client_files(MODULES).items())
    )
    if texts and (texts / "consultation").is_dir():
        print("natural questions:", *natural(texts, work), sep="\n")


if __name__ == "__main__":
    main()
