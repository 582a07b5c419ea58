"""How alike two texts are, by their sketches."""

from __future__ import annotations

import random

from jiyue.audit.likeness import likeness, sketch

WORDS = [chr(0x4E00 + n) for n in range(2000)]


def a_text(rng: random.Random, length: int = 600) -> str:
    return "".join(rng.choices(WORDS, k=length))


def test_texts_are_alike_by_their_words_not_by_their_signs() -> None:
    rng = random.Random(1)
    text, other = a_text(rng), a_text(rng)
    spaced = "，\n".join(text[n : n + 20] for n in range(0, len(text), 20))
    assert likeness(sketch(text), sketch(spaced)) == 1
    assert likeness(sketch(text), sketch(other)) == 0
    assert likeness(sketch(""), sketch("")) == 1
    assert likeness(sketch(text), []) == 0


def test_the_estimate_is_near_the_share_that_both_have() -> None:
    rng = random.Random(2)
    for kept in (0.9, 0.5):
        estimates = []
        for _ in range(20):
            text = a_text(rng)
            changed = text[: int(len(text) * kept)] + a_text(rng, int(len(text) * (1 - kept)))
            estimates.append(likeness(sketch(text), sketch(changed)))
        share = kept / (2 - kept)  # of the pieces of either text
        assert abs(sum(estimates) / 20 - share) < 0.08
