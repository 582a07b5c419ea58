"""Questions over long official documents: ranks, the right 条, and bytes, ours beside BM25 (and Pagefind).

    python -m bench.questions [--texts DIR] [--work DIR] [--pagefind] [--set development|held-out|all]

--texts: real documents (default: $JIYUE_REAL_TEXTS), of which `search-questions` has questions on seven laws, and
`documents` gives what lies around them. Weights are tuned on the questions of the DEVELOPMENT laws only; those of the
other three are held out.
"""

from __future__ import annotations

import argparse
import csv
import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "search_lab")]

import consultation  # noqa: E402
import peers  # noqa: E402

from jiyue.render.markdown import convert  # noqa: E402
from jiyue.render.search import plain_text  # noqa: E402
from jiyue.search.build import build_index  # noqa: E402
from jiyue.search.model import SearchDoc  # noqa: E402
from jiyue.search.node import ask  # noqa: E402

DEVELOPMENT = frozenset({"合同编", "行政许可法", "旅游法", "土地管理法"})
"""Laws whose questions may be looked at to choose weights."""
ARTICLE = re.compile(r"第[〇零一二三四五六七八九十百千]+条")


class Question(NamedTuple):
    """A question, the numbers of the laws that answer it, the 条 that answer it, and whether it may be used for tuning."""

    text: str
    answers: frozenset[int]
    articles: frozenset[str]
    development: bool


class Document(NamedTuple):
    """A whole document: its title and Markdown."""

    title: str
    markdown: str


def material(texts: Path) -> tuple[list[Question], list[Document]]:
    """The questions, and the documents: the laws first, then all others."""
    folder = texts / "search-questions"
    paths = sorted(folder.glob("*.md"))
    documents = [_document(path) for path in paths]
    number = {path.name: at for at, path in enumerate(paths)}
    questions = []
    for line in (folder / "queries.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        articles = frozenset(match[0] for match in map(ARTICLE.search, one["articles"]) if match)
        development = all(re.split(r"[(.]", law)[0] in DEVELOPMENT for law in one["relevant"])
        questions.append(
            Question(one["query"], frozenset(number[law] for law in one["relevant"]), articles, development)
        )
    known = {_bare(one.title) for one in documents}
    return questions, documents + [one for one in _others(texts / "documents") if _bare(one.title) not in known]


def _bare(title: str) -> str:
    return title.removeprefix("中华人民共和国")


def _document(path: Path) -> Document:
    head, mark, body = path.read_text("utf-8", "replace").partition("<!-- INFO END -->")
    if not mark:
        head, body = "", head
    titles = re.findall(r"^# (.+)$", head, re.MULTILINE) or re.findall(r"^(?:# |title: )(.+)$", body, re.MULTILINE)[:1]
    return Document("".join(titles).strip() or path.stem, body)


def _others(folder: Path) -> list[Document]:
    found = [_document(path) for path in sorted(folder.rglob("*.md"))]
    manifest = folder / "web-pages" / "manifest.csv"
    for row in csv.DictReader(manifest.open(encoding="utf-8")) if manifest.exists() else ():
        found.append(Document(row["title"], (folder.parent / row["path"]).read_text("utf-8", "replace")))
    csv.field_size_limit(10_000_000)
    for path in sorted((folder / "work-reports-2026").glob("*.csv")):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            if row.get("full_text"):
                found.append(Document(row["title"], row["full_text"]))
    return list({one.markdown: one for one in found}.values())


class Answer(NamedTuple):
    """The numbers of the documents found, and the anchor of the first."""

    found: list[int]
    place: str
    bytes: int


def ours(questions: list[Question], texts: list[str], documents: list[Document], index: Path) -> list[Answer]:
    """The answers of our index through the browser's modules."""
    shutil.rmtree(index, ignore_errors=True)
    docs = [
        SearchDoc(str(at), f"{at}.html", one.title, text, date=f"{2000 + at % 20}-{1 + at % 12:02d}-05")
        for at, (one, text) in enumerate(zip(documents, texts, strict=True))
    ]
    build_index(docs, index, suggestions=False)
    return [
        Answer(
            [int(hit["url"][:-5]) for hit in answer["hits"]],
            answer["hits"][0]["place"].lstrip("#") if answer["hits"] else "",
            answer["bytes"],
        )
        for answer in ask(index, [one.text for one in questions])
    ]


def bm25(questions: list[Question], texts: list[str], documents: list[Document]) -> list[Answer]:
    """BM25 on the character bigrams of whole documents."""
    rows = [(str(at), one.title, text) for at, (one, text) in enumerate(zip(documents, texts, strict=True))]
    return [Answer([*map(int, ids)], "", 0) for ids in consultation.bm25([one.text for one in questions], rows)]


PAGE = '<!doctype html><html lang="zh-CN"><title>{title}</title><body data-pagefind-body><h1>{title}</h1>{body}</body></html>'


def pagefind(
    questions: list[Question], texts: list[str], documents: list[Document], where: Path, work: Path
) -> list[Answer]:
    """Pagefind's answers from the same texts as pages."""
    pages, index = work / "question-pages", work / "question-pagefind"
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    for at, (one, text) in enumerate(zip(documents, texts, strict=True)):
        body = "\n".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n"))
        (pages / f"{at}.html").write_text(PAGE.format(title=html.escape(one.title), body=body), "utf-8")
    command = ["npx", "--no-install", "pagefind", "--site", str(pages), "--output-path", str(index)]
    subprocess.run(command, cwd=where, capture_output=True, check=True)
    lines = "".join(one.text.replace("\n", " ") + "\n" for one in questions)
    driver = ["node", str(HERE / "search_lab" / "pagefind.mjs"), str(index)]
    done = subprocess.run(driver, input=lines, capture_output=True, text=True, check=True)
    return [Answer(one["hits"], "", one["own"]) for one in map(json.loads, done.stdout.splitlines())]


def figures(questions: list[Question], answers: list[Answer]) -> dict[str, float]:
    """MRR@10, hit@10, the share of questions whose first hit leads to a right 条, and kB."""
    ranks, places = [], 0
    for one, answer in zip(questions, answers, strict=True):
        found = answer.found[:10]
        ranks.append(next((1 / (at + 1) for at, hit in enumerate(found) if hit in one.answers), 0.0))
        places += ranks[-1] == 1 and answer.place in one.articles
    sizes = sorted(answer.bytes / 1000 for answer in answers)
    count = len(questions)
    return {
        "MRR@10": sum(ranks) / count,
        "hit@10": sum(rank > 0 for rank in ranks) / count,
        "条 first": places / count,
        "kB p50": sizes[count // 2],
        "kB p90": sizes[count * 9 // 10],
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, default=os.environ.get("JIYUE_REAL_TEXTS"))
    parser.add_argument("--work", type=Path, default=Path(".bench"))
    parser.add_argument("--pagefind", action="store_true", help="Pagefind 1.6 as well, installed into the work folder")
    parser.add_argument("--set", choices=("development", "held-out", "all"), default="all")
    options = parser.parse_args()
    if not options.texts:
        parser.error("no folder of real documents: --texts or JIYUE_REAL_TEXTS")
    work = options.work.resolve()
    questions, documents = material(Path(options.texts))
    wanted = {"development": (True,), "held-out": (False,), "all": (True, False)}[options.set]
    questions = [one for one in questions if one.development in wanted]
    texts = [plain_text(convert(one.markdown)[0]) for one in documents]
    print(f"{len(documents)} documents of {sum(map(len, texts)) / len(texts):,.0f} characters on average")
    runs: dict[str, Any] = {
        "ours": ours(questions, texts, documents, work / "questions"),
        "BM25 of bigrams": bm25(questions, texts, documents),
    }
    peer = peers.pagefind(work / "pagefind") if options.pagefind else None
    if peer:
        runs["Pagefind 1.6"] = pagefind(questions, texts, documents, peer, work)
    for development in wanted:
        chosen = [at for at, one in enumerate(questions) if one.development is development]
        asked = [questions[at] for at in chosen]
        print(f"\n{'development' if development else 'held out'}: {len(asked)} questions")
        for name, answers in runs.items():
            row = figures(asked, [answers[at] for at in chosen])
            print(f"  {name:16}", *(f"{key} {value:.3f}" for key, value in row.items()), sep="  ")


if __name__ == "__main__":
    main()
