"""Derive themes/gov/static/search/pinyin.txt from pypinyin (pip install pypinyin, MIT): `python make_pinyin.py TEXTS > pinyin.txt`.

TEXTS: a folder of official texts (.md, .csv), by which a character's usual syllable and the phrases worth their bytes are chosen.
Three lines: runs of the first level of GB 2312, which stands in the order of pinyin (`a2ai13…`: two characters `a`, thirteen `ai`);
characters that differ from it, and those of the second level that occur in TEXTS (`hun珲`); phrases in which a character has
another syllable than by itself (`重庆chong qing`).
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from itertools import groupby
from pathlib import Path

from pypinyin import Style, lazy_pinyin, load_phrases_dict, load_single_dict, pinyin
from pypinyin.phrases_dict import phrases_dict

LONGEST = 4
FIRST_LEVEL = 3755
CHARACTERS = {"珲": "hún", "朝": "cháo,zhāo"}
PHRASES = {
    "朝阳": "cháo yáng", "还款": "huán kuǎn", "还建": "huán jiàn", "退耕还林": "tuì gēng huán lín", "调水": "diào shuǐ",
    "市长": "shì zhǎng", "县长": "xiàn zhǎng", "省长": "shěng zhǎng", "州长": "zhōu zhǎng", "区长": "qū zhǎng", "乡长": "xiāng zhǎng",
    "镇长": "zhèn zhǎng", "局长": "jú zhǎng", "处长": "chù zhǎng", "科长": "kē zhǎng", "院长": "yuàn zhǎng", "组长": "zǔ zhǎng",
    "长白": "cháng bái", "长岭": "cháng lǐng", "给水": "jǐ shuǐ", "厦门": "xià mén", "六安": "lù ān", "乐亭": "lào tíng",
    "调研": "diào yán", "调度": "diào dù", "抽调": "chōu diào", "降水": "jiàng shuǐ", "行长": "háng zhǎng", "银行": "yín háng",
    "血液": "xuè yè", "西藏": "xī zàng", "单县": "shàn xiàn", "率先": "shuài xiān", "为了": "wèi le",
}  # fmt: skip
"""Readings in official texts and place names that differ from pypinyin's."""


def main() -> None:
    """Print the table."""
    load_single_dict({ord(sign): reading for sign, reading in CHARACTERS.items()})
    load_phrases_dict({phrase: [[syllable] for syllable in reading.split()] for phrase, reading in PHRASES.items()})
    texts = [path.read_text("utf-8", "replace") for path in sorted(Path(sys.argv[1]).rglob("*")) if _is_text(path)]
    rows = [
        (high, low)
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
        if (high, low) < (0xD7, 0xFA) or high > 0xD7
    ]
    signs = [bytes(row).decode("gb2312") for row in rows]
    usual = _usual(signs, texts)
    first = _in_order(signs[:FIRST_LEVEL])
    runs = "".join(f"{syllable}{len(list(run))}" for syllable, run in groupby(first))
    occurring = set("".join(texts))
    others: dict[str, str] = defaultdict(str)
    for place, sign in enumerate(signs):
        if first[place] != usual[sign] if place < FIRST_LEVEL else sign in occurring:
            others[usual[sign]] += sign
    print(runs, "".join(syllable + others[syllable] for syllable in sorted(others)), _phrases(usual, texts), sep="\n")


def _is_text(path: Path) -> bool:
    return path.suffix in {".md", ".csv"} and path.is_file()


def _spelt(text: str) -> list[str]:
    return [syllable.replace("ü", "v") for syllable in lazy_pinyin(text, v_to_u=False)]


def _usual(signs: list[str], texts: list[str]) -> dict[str, str]:
    """Each character's most frequent syllable in the texts; if it doesn't occur, pypinyin's first."""
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for line in text.split("\n"):
            han = [sign for sign in line if "\u4e00" <= sign <= "\u9fff"]
            for sign, syllable in zip(han, _spelt("".join(han)), strict=True):
                heard[sign][syllable] += 1
    return {sign: heard[sign].most_common(1)[0][0] if heard[sign] else _spelt(sign)[0] for sign in signs}


def _in_order(signs: list[str]) -> list[str]:
    """A reading of each character, in ascending order, that keeps as many true readings as possible."""
    known = [{one.replace("ü", "v") for one in pinyin(sign, style=Style.NORMAL, heteronym=True)[0]} for sign in signs]
    syllables = sorted(set().union(*known))
    best = dict.fromkeys(syllables, (0, ()))  # last syllable -> characters read truly, (syllable, chain before)
    for readings in known:
        top: tuple[int, tuple] = (-1, ())
        for syllable in syllables:
            top = max(top, best[syllable], key=lambda one: one[0])
            best[syllable] = top[0] + (syllable in readings), (syllable, top[1])
    chain = max(best.values(), key=lambda one: one[0])[1]
    found = []
    while chain:
        found.append(chain[0])
        chain = chain[1]
    return found[::-1]


def _phrases(usual: dict[str, str], texts: list[str]) -> str:
    """The phrases needed to spell the texts like pypinyin, without those covered by a shorter one."""
    known = {**dict.fromkeys(phrases_dict), **dict.fromkeys(PHRASES)}
    all_text = "\n".join(texts)
    found: dict[str, list[str]] = {}
    for phrase in sorted(known, key=len):
        if not 2 <= len(phrase) <= LONGEST or not usual.keys() >= set(phrase):
            continue
        reading = _spelt(phrase)
        plain = [usual[sign] for sign in phrase]
        for at in range(len(phrase)):
            for end in range(at + 2, len(phrase) + 1):
                plain[at:end] = found.get(phrase[at:end], plain[at:end])
        if reading != plain and (phrase in PHRASES or all_text.count(phrase) > 1):
            found[phrase] = reading
    return "".join(phrase + " ".join(found[phrase]) for phrase in sorted(found))


if __name__ == "__main__":
    main()
