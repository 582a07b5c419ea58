"""Lists the letters that are due: unanswered, and overdue or close to their deadline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from jiyue.base import workdays
from jiyue.letters.ledger import Ledger


def due_letters(books: Iterable[Ledger], today: date, days: int) -> list[dict[str, Any]]:
    """The unanswered letters with a deadline in at most that many working days, or over three months old; earliest first."""
    last = workdays.add_working_days(today, days).day
    rows = []
    for book in books:
        for letter in book.letters.values():
            limit = letter.due(today) if letter.received <= today and not letter.answered(today) else None
            if limit is None or (limit.day > last and not letter.is_vetoed(today)):
                continue
            rows.append({
                "site": book.site,
                "path": book.path,
                "line": letter.line,
                "number": letter.number,
                "subject": letter.subject,
                "unit": letter.unit,
                "received": str(letter.received),
                "due": str(limit.day),
                "provisional": limit.provisional,
                "overdue_days": max(0, workdays.working_days_between(limit.day, today).days),
                "overdue": limit.is_past(today),
                "over_three_months": letter.is_vetoed(today),
            })  # fmt: skip
    return sorted(rows, key=lambda row: (row["due"], row["site"], row["number"]))
