"""The tokenizer is one rule in two languages: the same terms for the same text, whatever the text."""

from __future__ import annotations

import json
import os
import random
import subprocess
import unicodedata
import zlib

import pytest

from jiyue.search import hashes, tokenizer
from jiyue.search.model import SearchDoc
from jiyue.search.postings import bodies, cut_all
from jiyue.search.synonyms import Synonyms, shipped
from tests.support.search import MODULES, naughty_strings, real_texts

SCRIPT = """
import { createInterface } from "node:readline";
const { terms, hash } = await import(process.argv[1]);
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (typeof request === "string") console.log(JSON.stringify(terms(request)));
  else if (request.hash) console.log(JSON.stringify(request.hash.map(hash)));
  else console.log(JSON.stringify(request.assigned.filter((code) => !/\\p{Cn}|\\p{Cs}/u.test(String.fromCodePoint(code)))));
}
"""


def in_node(requests: list[object]) -> list[list[object]]:
    """The answers of the browser's module."""
    done = subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT, (MODULES / "tokenizer.mjs").as_uri()],
        input="".join(json.dumps(request) + "\n" for request in requests), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def same(texts: list[str]) -> None:
    """Both cut every text alike."""
    for text, found in zip(texts, in_node(list(texts)), strict=True):
        assert found == tokenizer.terms(text), text[:80]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("吉林省", ["吉林", "林省"]),
        ("税", ["税"]),
        ("ＡＢＣ　１２", ["abc", "12"]),
        ("A税B", ["a", "税", "b"]),
        ("𠮷野家", ["𠮷野", "野家"]),
        ("吉政办发〔2015〕5号", ["吉政", "政办", "办发", "2015", "5", "号", "#2015-5"]),
        ("（2015）第005号", ["2015", "第", "005", "号", "#2015-5"]),
        ("2015年5号", ["2015", "年", "5", "号", "#2015-5"]),
        ("2015年5月", ["2015", "年", "5", "月"]),
        ("2015年第5批", ["2015", "年第", "5", "批", "#2015-5"]),
        ("", []),
    ],
)
def test_rule(text: str, expected: list[str]) -> None:
    assert tokenizer.terms(text) == expected
    same([text])


def test_title_characters_singly() -> None:
    assert tokenizer.title_terms("税 法") == ["税", "法", "税", "法"]


def test_parity_on_naughty_strings() -> None:
    same(naughty_strings())


def test_parity_on_real_texts() -> None:
    same([text for _, text in real_texts()])


def test_parity_on_random_code_points() -> None:
    """Code points that both runtimes know; a newer Unicode may fold what an older one has never heard of."""
    rnd = random.Random(7)
    codes = [code for code in rnd.sample(range(0x323B0), 60_000) if unicodedata.category(chr(code)) not in ("Cn", "Cs")]
    (known,) = in_node([{"assigned": codes}])
    assert len(known) > 20_000
    signs = [chr(code) for code in known]  # type: ignore[arg-type]
    same(["".join(rnd.choices([*signs, *"的a1 〔〕"], k=40)) for _ in range(2_000)])


def test_hash_is_the_same() -> None:
    terms = ["吉林", "a", "#2015-5", "𠮷野", "@kind:document", ""]
    (found,) = in_node([{"hash": terms}])
    assert found == [zlib.crc32(term.encode()) for term in terms]


def test_synonyms_lead_to_each_other() -> None:
    def hashes_of(text: str, synonyms: Synonyms) -> set[int]:
        (found,) = cut_all(bodies(SearchDoc("1", "u", "通知", text), synonyms))
        return set(found.hashes)

    long, short = hashes_of("最低生活保障标准", shipped()), hashes_of("低保标准", shipped())
    assert zlib.crc32("低保".encode()) in long
    assert zlib.crc32("生活".encode()) in short
    assert zlib.crc32("低保".encode()) not in hashes_of("最低生活保障", Synonyms([]))


def test_every_synonym_stands_in_one_group_only() -> None:
    words = [word for group in shipped().groups for word in group]
    assert len(words) == len(set(words))


def test_many_terms_at_once_are_those_of_the_tokenizer() -> None:
    rnd = random.Random(8)
    made = [
        "".join(chr(rnd.choice((rnd.randrange(0xD800), rnd.randrange(0x3000, 0xA000)))) for _ in range(60))
        for _ in range(300)
    ]
    real = [text for _, text in real_texts()] if os.environ.get("JIYUE_REAL_TEXTS") else []
    cut_together = []
    for text in ["", *naughty_strings(), *made, *real]:
        plain = tokenizer.normal(text)
        marked = {
            term: rnd.randrange(8)
            for term in (*tokenizer.terms_of_normal(plain)[:20], "@kind:news", "供热")
            if rnd.random() < 0.8
        }
        cut_together.append((plain, marked))
    for size in (1, 7, len(cut_together)):
        for begin in range(0, len(cut_together), size):
            some = cut_together[begin : begin + size]
            assert list(hashes.cut_all(some)) == cut_all(some)
