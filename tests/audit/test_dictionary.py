"""The generated documents say what the profiles say."""

from __future__ import annotations

from jiyue.audit.dictionary import dictionary
from jiyue.registry.inspection import DECIDED_BY
from tests.audit.subjects import rules
from tools.make_supervision import made


def test_the_documents_are_fresh() -> None:
    for path, text in made().items():
        assert path.read_text("utf-8") == text, "run `make docs`"


def test_every_figure_and_threshold_has_a_definition() -> None:
    entries = dictionary(rules().values())
    assert len({entry.anchor for entry in entries}) == len(entries)
    assert {entry.id for entry in entries if not entry.threshold} == rules().keys()
    assert {(entry.id, entry.threshold) for entry in entries if entry.threshold} == {
        (key, name) for key, rule in rules().items() for name in rule.thresholds
    }
    for entry in entries:
        assert entry.name
        assert entry.meaning
        assert entry.source
        assert entry.how


def test_of_the_42_rows_at_least_30_are_decided_here() -> None:
    by = [rule.decided_by for key, rule in rules().items() if key[0] in "VD"]
    assert set(by) <= DECIDED_BY.keys()
    assert sum(one in ("build", "ledger", "history") for one in by) >= 30
    assert sum(one in ("probe", "ledger") for one in by) >= 8
    assert "none" not in by
