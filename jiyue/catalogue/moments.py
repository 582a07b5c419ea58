"""What an article shows by the clock alone: the moments at which that changes, and a key of what it is at one of them."""

from __future__ import annotations

from jiyue.catalogue.article import Article
from jiyue.catalogue.letters import letter_mark, letter_moments
from jiyue.catalogue.phases import phase, phase_moments
from jiyue.catalogue.validity import validity_moments


def clock_moments(row: Article) -> list[str]:
    """The moments 'YYYY-MM-DD HH:MM' at which it appears, disappears, or shows something else without an edit."""
    every = (*row.turning_points(), *validity_moments(row), *phase_moments(row), *letter_moments(row))
    return [moment for moment in every if moment]


def clock_mark(row: Article, now: str) -> str:
    """A key of what the clock decides on its own page."""
    return phase(row, now) + letter_mark(row, now)
