"""Synonyms (低保 = 最低生活保障): a document with one of the words matches queries for the others."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

from jiyue.search import tokenizer


class Synonyms:
    """Groups of synonyms, compiled for searching in texts."""

    def __init__(self, groups: Iterable[Iterable[str]]) -> None:
        self.groups = _joined([tokenizer.normal(word) for word in group] for group in groups)
        self._by_word = {word: group for group in self.groups for word in group}
        words = sorted(self._by_word, key=lambda word: (-len(word), word))
        by_sign: defaultdict[str, list[str]] = defaultdict(list)
        for word in words:  # by first character: two thirds of the time that one list of all words takes
            by_sign[word[0]].append(re.escape(word[1:]))
        branches = (f"{re.escape(sign)}(?:{'|'.join(rests)})" for sign, rests in by_sign.items())
        self._pattern = re.compile("|".join(branches)) if words else None
        self._terms = {word: tokenizer.terms(word) for word in words}
        self.digest = hashlib.blake2b(repr(self.groups).encode(), digest_size=8).hexdigest()

    def terms(self, plain: str) -> list[str]:
        """The terms of all synonyms of words in a normalized text."""
        if self._pattern is None:
            return []
        words = set(self._pattern.findall(plain))
        others = sorted({other for word in words for other in self._by_word[word] if other not in words})
        return [term for word in others for term in self._terms[word]]


def _joined(groups: Iterable[list[str]]) -> list[list[str]]:
    """Merge groups that share a word."""
    joined: list[list[str]] = []
    for group in groups:
        touching = [other for other in joined if not set(other).isdisjoint(group)]
        joined = [other for other in joined if other not in touching]
        joined.append(list(dict.fromkeys(word for other in (*touching, group) for word in other)))
    return joined


@lru_cache(maxsize=2)
def shipped(own: tuple[tuple[str, ...], ...] = ()) -> Synonyms:
    """The groups of data/synonyms.yaml, plus a cluster's own."""
    import yaml  # noqa: PLC0415  (10 ms, most builds read none)

    text = resources.files(__package__).joinpath("data/synonyms.yaml").read_text("utf-8")
    data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # the C loader is ten times as fast
    return Synonyms([*data["groups"], *own])
