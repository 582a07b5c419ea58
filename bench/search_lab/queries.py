"""Makes queries with known answers from a corpus, without any engine. Needs jieba; traditional ones need opencc.

Known items: T1 title fragment of 4–8 characters on word boundaries, T2 two title words, T3 a whole title, B1/B2 a body phrase that one
article holds, on and off word boundaries, C two body words that 1–3 articles hold together, D1 文号 as printed, D2 as typed, D3 without
its prefix. Hard: H1 three title words glued together, H2 a fragment and a noise word, H3 one wrong character, H4 a title word and
a body word, H5 traditional characters. Targets are articles of odd number only: even ones were for development.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

HAN = re.compile(r"^[\u4e00-\u9fff]+$")
NOISE = ["怎么办理", "最新政策", "全文下载", "官网", "是什么意思", "有哪些规定", "申请条件", "咨询电话"]
COMMON = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
Query = dict[str, Any]
Found = tuple[str, list[int]] | None


class Maker:
    """Makes queries from articles; `holding` uses the rarest bigram of a string to find the articles that contain it."""

    def __init__(self, articles: list[dict[str, Any]], seed: int) -> None:
        import jieba  # noqa: PLC0415  (its dictionary is slow to load)

        jieba.setLogLevel(60)
        self.cut = lambda text: list(jieba.cut(text, HMM=False))
        self.articles = articles
        self.rnd = random.Random(seed)
        self.titles = [article["title"] for article in articles]
        self.bodies = ["\n".join(article["body"]) for article in articles]
        self.in_title: defaultdict[str, list[int]] = defaultdict(list)
        for number, title in enumerate(self.titles):
            for pair in {title[at : at + 2] for at in range(len(title) - 1)}:
                self.in_title[pair].append(number)

    def titled(self, *words: str) -> list[int]:
        """The articles whose titles contain all the words."""
        pairs = [word[at : at + 2] for word in words for at in range(len(word) - 1)]
        rarest = min((self.in_title.get(pair, []) for pair in pairs), key=len)
        return [number for number in rarest if all(word in self.titles[number] for word in words)]

    def holding(self, *words: str, most: int) -> list[int] | None:
        """The articles that contain all the words anywhere; None if there are more than `most`."""
        found = []
        for number, body in enumerate(self.bodies):
            if all(word in body or word in self.titles[number] for word in words):
                found.append(number)
                if len(found) > most:
                    return None
        return found

    def stem(self, article: Query) -> str:
        return re.sub(r"[（(].*$", "", article["title"])

    def runs(self, text: str, low: int, high: int) -> Iterator[str]:
        """Runs of words with low to high characters in all, in random order."""
        words = self.cut(text)
        found = []
        for begin in range(len(words)):
            run = ""
            for word in words[begin:]:
                if not HAN.match(word) or len(run) + len(word) > high:
                    break
                run += word
                if len(run) >= low:
                    found.append(run)
        self.rnd.shuffle(found)
        yield from found[:6]

    def words(self, text: str, most: int = 99) -> list[str]:
        return sorted({word for word in self.cut(text) if 2 <= len(word) <= most and HAN.match(word)})

    def fragment(self, article: Query, low: int = 4, high: int = 8) -> Found:
        for run in self.runs(self.stem(article), low, high):
            if len(found := self.titled(run)) <= 3:
                return run, found
        return None

    # --- known items ----------------------------------------------------------------------------------------------

    def t1(self, article: Query) -> Found:
        return self.fragment(article)

    def t2(self, article: Query) -> Found:
        words = [word for word in self.cut(self.stem(article)) if len(word) >= 2 and HAN.match(word)]
        for _ in range(6 if len(words) >= 4 else 0):
            first, second = sorted(self.rnd.sample(range(len(words)), 2))
            if (
                second - first > 1
                and words[first] != words[second]
                and len(found := self.titled(words[first], words[second])) <= 3
            ):
                return f"{words[first]} {words[second]}", found
        return None

    def t3(self, article: Query) -> Found:
        title = article["title"]
        return (title, [article["id"]]) if 8 <= len(title) <= 30 and self.titled(title) == [article["id"]] else None

    def b1(self, article: Query) -> Found:
        for run in self.runs(self.rnd.choice(article["body"]), 4, 8):
            if found := self.holding(run, most=1):
                return run, found
        return None

    def b2(self, article: Query) -> Found:
        text = self.rnd.choice(article["body"])
        bounds = {0}
        for word in self.cut(text):
            bounds.add(max(bounds) + len(word))
        for _ in range(8):
            size = self.rnd.randint(4, 8)
            if len(text) <= size:
                return None
            begin = self.rnd.randrange(len(text) - size)
            run = text[begin : begin + size]
            if (
                HAN.match(run)
                and begin not in bounds
                and begin + size not in bounds
                and (found := self.holding(run, most=1))
            ):
                return run, found
        return None

    def c(self, article: Query) -> Found:
        words = self.words(self.bodies[article["id"]], 4)
        for _ in range(10 if len(words) > 1 else 0):
            pair = self.rnd.sample(words, 2)
            found = self.holding(*pair, most=3)
            if found and all(len(self.holding(word, most=4) or [0] * 5) >= 5 for word in pair):
                return " ".join(pair), found
        return None

    def d1(self, article: Query) -> Found:
        return (article["docno"], [article["id"]]) if article["docno"] else None

    def d2(self, article: Query) -> Found:
        if not article["docno"]:
            return None
        prefix, year, number = re.match(r"(.+)〔(\d+)〕(\d+)号", article["docno"]).groups()  # type: ignore[union-attr]
        forms = ["{}[{}]{}号", "{}({}){}号", "{}【{}】{}号", "{}{}年{}号", "{}_{}_{}号", "{}〔{}〕{}", "{}（{}）第{}号"]
        return self.rnd.choice(forms).format(prefix, year, number).replace("_", " "), [article["id"]]

    def d3(self, article: Query) -> Found:
        tail = article["docno"][article["docno"].find("〔") :]
        found = [other["id"] for other in self.articles if tail and other["docno"].endswith(tail)]
        return (tail, found) if 0 < len(found) <= 3 else None

    # --- hard -----------------------------------------------------------------------------------------------------

    def h1(self, article: Query) -> Found:
        words = self.words(self.stem(article))
        if len(words) < 3:
            return None
        chosen = self.rnd.sample(words, 3)
        found = self.titled(*chosen)
        return ("".join(chosen), found) if len(found) <= 3 else None

    def h2(self, article: Query) -> Found:
        found = self.fragment(article)
        return found and (found[0] + self.rnd.choice(["", " "]) + self.rnd.choice(NOISE), found[1])

    def h3(self, article: Query) -> Found:
        found = self.fragment(article, 6, 8)
        if not found:
            return None
        at = self.rnd.randrange(len(found[0]))
        wrong = self.rnd.choice([sign for sign in COMMON if sign != found[0][at]])
        return found[0][:at] + wrong + found[0][at + 1 :], found[1]

    def h4(self, article: Query) -> Found:
        titles = self.words(self.stem(article))
        bodies = [word for word in self.words(self.bodies[article["id"]], 4) if word not in article["title"]]
        for _ in range(8 if titles and bodies else 0):
            pair = self.rnd.choice(titles), self.rnd.choice(bodies)
            if found := self.holding(*pair, most=3):
                return " ".join(pair), found
        return None

    def h5(self, article: Query) -> Found:
        from opencc import OpenCC  # noqa: PLC0415

        found = self.fragment(article)
        traditional = OpenCC("s2t").convert(found[0]) if found else ""
        return (traditional, found[1]) if found and traditional != found[0] else None


KNOWN, HARD = ("t1", "t2", "t3", "b1", "b2", "c", "d1", "d2", "d3"), ("h1", "h2", "h3", "h4", "h5")


def queries(articles: list[dict[str, Any]], kinds: tuple[str, ...], seed: int, each: int) -> list[Query]:
    """Up to `each` queries of every kind: {kind, query, answers: [ids]}, with odd ids as targets."""
    maker = Maker(articles, seed)
    found: list[Query] = []
    for kind in kinds:
        make: Callable[[Query], Found] = getattr(maker, kind)
        count = 0
        for _ in range(each * 30):
            if count == each:
                break
            article = articles[maker.rnd.randrange(len(articles) // 2) * 2 + 1]
            if made := make(article):
                found.append({"kind": kind.upper(), "query": made[0], "answers": made[1]})
                count += 1
    return found
