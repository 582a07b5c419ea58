"""The reasons for withholding: one ordered list, and rules that carry their reason."""

from __future__ import annotations

import itertools

import pytest

import jiyue.checks.declared  # noqa: F401  (declares the rules)
from jiyue.base.diagnostics import RULES, Severity
from jiyue.base.reason import Reason, hardest


def test_what_may_not_stay_is_harder_than_what_may() -> None:
    order = list(Reason)
    assert order[-1] is Reason.NONE
    assert max(order.index(r) for r in order[:-1] if not r.stays) < min(order.index(r) for r in order if r.stays)


def test_the_hardest_does_not_depend_on_the_order_in_which_reasons_are_found() -> None:
    for reasons in itertools.permutations([Reason.ERROR, Reason.EXPIRED, Reason.NONE, Reason.PRIVACY]):
        assert hardest(*reasons) is Reason.EXPIRED
    assert hardest() is Reason.NONE


def test_lists_of_earlier_versions_are_read() -> None:
    assert Reason("embargo") is Reason.SCHEDULED
    with pytest.raises(ValueError, match="whim"):
        Reason("whim")


FAMILIES = {"secrecy-": Reason.SECRET, "privacy-": Reason.PRIVACY, "review-": Reason.UNAPPROVED}


def test_an_error_of_a_family_withholds_for_its_reason() -> None:
    for rule in RULES.values():
        if rule.severity is Severity.ERROR:
            family = next((reason for start, reason in FAMILIES.items() if rule.id.startswith(start)), Reason.ERROR)
            assert rule.reason is (Reason.WITHDRAWN if rule.id == "review-withdrawn" else family), rule.id
