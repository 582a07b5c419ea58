"""Real questions over the articles of law that answer them, with real documents as distractors: ours and BM25 on bigrams."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from pathlib import Path

from corpus import real_articles

RUN = re.compile("[\u4e00-\u9fff]+|[a-z0-9]+")


def material(texts: Path) -> tuple[list[tuple[str, set[str]]], list[tuple[str, str, str]]]:
    """[(question, ids of its answers)], and [(id, title, text)] of the articles and the distractors."""
    lines = (texts / "consultation" / "questions.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    laws = {name: text for one in asked for name, text in one["basis"].items()}
    ids = {name: f"law{number}" for number, name in enumerate(sorted(laws))}
    documents = [(ids[name], name, laws[name]) for name in sorted(laws)]
    documents += [
        (f"d{number}", one["title"], "\n".join(one["body"])) for number, one in enumerate(real_articles(texts))
    ]
    return [(one["question"], {ids[name] for name in one["articles"] if name in ids}) for one in asked], documents


def _bigrams(text: str) -> list[str]:
    found: list[str] = []
    for run in RUN.findall(text.lower()):
        found += [run[at : at + 2] for at in range(len(run) - 1)] if len(run) > 1 and run[0] >= "\u4e00" else [run]
    return found


def bm25(
    questions: list[str], documents: list[tuple[str, str, str]], k1: float = 1.2, b: float = 0.75
) -> list[list[str]]:
    """The ten best ids for each question, with title and text as one field."""
    postings: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    lengths = []
    for number, (_, title, text) in enumerate(documents):
        counts = Counter(_bigrams(f"{title}\n{text}"))
        lengths.append(sum(counts.values()))
        for term, count in counts.items():
            postings[term].append((number, count))
    mean = sum(lengths) / len(lengths)
    answers = []
    for question in questions:
        scores: Counter[int] = Counter()
        for term in dict.fromkeys(_bigrams(question)):
            found = postings.get(term, [])
            idf = math.log(1 + (len(documents) - len(found) + 0.5) / (len(found) + 0.5))
            for number, count in found:
                scores[number] += idf * count * (k1 + 1) / (count + k1 * (1 - b + b * lengths[number] / mean))  # type: ignore[assignment]
        answers.append([documents[number][0] for number, _ in scores.most_common(10)])
    return answers
