"""A corpus of short articles for the search benchmark: real texts cut and recombined, or else invented words.

`python corpus.py OUT.jsonl SIZE [TEXTS]`: one object per line, {id, site, date, title, docno, body: [paragraphs]}. TEXTS
is a folder with documents/ and lists/ (see JIYUE_REAL_TEXTS in docs/search.md). The 文号 are invented: 45 % of the articles
have a real prefix with a random unique year and number; 12 % cite that of another one, so that exact queries have
competitors.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MEAN_CHARACTERS = 455
FIRST, LAST = dt.date(2008, 1, 1), dt.date(2025, 12, 20)
# fmt: off
PREFIXES = [
    "国发", "国办发", "国办函", "国函", "吉政发", "吉政办发", "吉政函", "吉政办函", "长府发", "长府办发", "长府函", "吉市政发",
    "吉市政办发", "四政发", "四政办发", "通政发", "通政办发", "白山政办发", "松政办发", "延州政发", "延州政办发", "发改价格", "发改投资",
    "发改环资", "财税", "财建", "财综", "财教", "教基", "教高", "教职成", "人社部发", "人社厅发", "人社规", "建村", "建城",
    "建办质", "环大气", "环水体", "环办土壤", "自然资发", "自然资办发", "农办法", "农农发", "交办水", "交公路发", "水规计", "水资源",
    "商办流通", "文旅市场发", "国卫医发", "国卫办基层发", "应急", "应急厅", "银保监发", "证监发", "税总发", "市监网监", "市监价监竞",
    "民发", "民办发", "司发通", "公通字", "科发规", "工信部规", "工信厅科", "吉教办", "吉人社发", "吉财农", "吉发改审批", "吉建办",
]
# fmt: on
ARTICLE = re.compile(r"^第[一二三四五六七八九十百千零]+条")
Article = dict[str, Any]


def _clean(text: str) -> str:
    return re.sub(r"[ \t\u3000\xa0]+", " ", text.replace("\\", "")).strip()


def _pieces(title: str, text: str) -> Iterator[Article]:
    """Articles of about 455 characters, cut at the beginning of a 条 or paragraph."""
    body: list[str] = []
    size = count = 0
    head = ""
    for line in map(_clean, text.split("\n")):
        if not line or line.startswith(("#", "---", "<!--")):
            continue
        if size >= 400 and (ARTICLE.match(line) or size >= 500):
            count += 1
            yield {"title": f"{title}（{head}）" if head else f"{title}（{count}）", "body": body}
            body, size, head = [], 0, ""
        start = ARTICLE.match(line)
        head = head or (start.group(0) if start else "")
        for at in range(0, len(line), 600):
            body.append(line[at : at + 600])
        size += len(line)
    if size >= 150:
        yield {"title": f"{title}（{head}）" if head else title, "body": body}


def real_articles(texts: Path) -> list[Article]:
    """All pieces of the documents in `texts`, without pieces of equal beginnings."""
    found: list[Article] = []
    for path in sorted((texts / "documents").rglob("*.md")):
        text = path.read_text("utf-8", "replace")
        title = re.search(r"^(?:# |title: )(.+)$", text, re.M)
        found += _pieces(_clean(title.group(1)) if title else path.stem, text.split("<!-- INFO END -->", 1)[-1])
    manifest = texts / "documents" / "web-pages" / "manifest.csv"
    for row in csv.DictReader(manifest.open(encoding="utf-8")) if manifest.exists() else ():
        found += _pieces(row["title"], (texts / row["path"]).read_text("utf-8", "replace"))
    csv.field_size_limit(10_000_000)
    for path in sorted((texts / "documents" / "work-reports-2026").glob("*.csv")):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            if row.get("full_text"):
                found += _pieces(row["title"], row["full_text"])
    return list({"".join(article["body"])[:300]: article for article in found}.values())


def real_titles(texts: Path) -> list[str]:
    """Titles of provincial documents, for articles composed of paragraphs."""
    rows = (
        row
        for path in sorted((texts / "lists").glob("titles-*.csv"))
        for row in csv.DictReader(path.open(encoding="utf-8"))
    )
    return sorted({_clean(row["title"]) for row in rows if row["title"]})


def real_places(texts: Path) -> list[str]:
    """Place names, so that composed titles differ like those of a province's sites."""
    path = texts / "divisions" / "jilin.csv"
    return sorted({row["name"] for row in csv.DictReader(path.open(encoding="utf-8"))}) if path.exists() else []


def invented_articles(rnd: random.Random, count: int) -> list[Article]:
    """Articles of invented words with frequencies as in a language (Zipf), so that no texts have to be shipped."""
    han = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFA)]
    rnd.shuffle(han)
    weights = [1 / (rank + 5) for rank in range(len(han))]
    words = ["".join(rnd.choices(han, weights, k=rnd.choice((1, 2, 2, 2, 2, 3, 4)))) for _ in range(30_000)]
    frequency = [1 / (rank + 10) ** 0.85 for rank in range(len(words))]

    def sentence(low: int, high: int) -> str:
        return "".join(rnd.choices(words, frequency, k=rnd.randint(low, high)))

    return [
        {
            "title": "关于" + sentence(5, 11) + "的通知",
            "body": ["，".join(sentence(3, 8) for _ in range(8)) + "。" for _ in range(3)],
        }
        for _ in range(count)
    ]


def corpus(size: int, texts: Path | None, seed: int = 20260101) -> list[Article]:
    """`size` articles with ids 0…size-1, dated evenly from FIRST to LAST; the same for the same arguments."""
    rnd = random.Random(seed)
    articles = real_articles(texts) if texts else invented_articles(rnd, size)
    titles = real_titles(texts) if texts else []
    places = real_places(texts) if texts else []
    patterns = [re.sub(r"^.{1,4}省(人民政府)?(办公厅)?", "", title) for title in titles]
    rnd.shuffle(articles)
    rnd.shuffle(titles)
    whole = len(articles)
    while len(articles) < size:
        sources = [articles[rnd.randrange(whole)] for _ in range(3)]
        sentences = [part for one in sources for part in rnd.sample(one["body"], min(len(one["body"]), 4))]
        rnd.shuffle(sentences)
        body: list[str] = []
        while sentences and sum(map(len, body)) < MEAN_CHARACTERS - 60:
            body.append(sentences.pop())
        if titles:
            title = titles.pop()
        elif patterns and places:
            title = rnd.choice(places) + rnd.choice(patterns)
        else:
            first, second = (re.sub(r"[（(].*$", "", one["title"]) for one in sources[:2])
            title = first[: len(first) // 2 + 1] + second[len(second) // 2 :]
        articles.append({"title": title, "body": body})
    articles = articles[:size]
    span = (LAST - FIRST).days
    numbers: set[tuple[str, int, int]] = set()
    weights = [1 / (rank + 3) ** 0.7 for rank in range(120)]
    out = []
    for index, article in enumerate(articles):
        number = ""
        if rnd.random() < 0.45:
            while (
                key := (rnd.choice(PREFIXES), rnd.randint(2008, 2025), rnd.randint(1, 160 + size // 100))
            ) in numbers:
                pass
            numbers.add(key)
            number = f"{key[0]}〔{key[1]}〕{key[2]}号"
        out.append(
            {
                "id": index,
                "site": f"s{rnd.choices(range(120), weights)[0]:03d}",
                "docno": number,
                **article,
                "date": (FIRST + dt.timedelta(days=rnd.randint(0, span))).isoformat(),
            }
        )
    cited = [article["docno"] for article in out if article["docno"]]
    for article in out:
        if rnd.random() < 0.12:
            article["body"] = [
                f"根据《关于做好有关工作的通知》（{rnd.choice(cited)}）要求，现将有关事项公布如下。",
                *article["body"],
            ]
    return out


def main() -> None:
    """Write the corpus given on the command line."""
    target, size = Path(sys.argv[1]), int(sys.argv[2])
    articles = corpus(size, Path(sys.argv[3]) if len(sys.argv) > 3 else None)
    target.write_text("".join(json.dumps(article, ensure_ascii=False) + "\n" for article in articles), "utf-8")
    lengths = sorted(sum(map(len, article["body"])) for article in articles)
    print(
        f"{len(articles)} articles, characters: mean {sum(lengths) / len(lengths):.0f}, median {lengths[len(lengths) // 2]}"
    )


if __name__ == "__main__":
    main()
