"""Why something is not public: the one list, in the one order (DESIGN, "What is not public")."""

from __future__ import annotations

import enum


class Reason(enum.StrEnum):
    """Why an article or a file is kept from the public; of several the hardest counts: what may not stay wins over what may.

    Declared from the hardest to none. A rule names the reason for which its errors withhold (diagnostics.Rule).
    """

    SECRET = "secret"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SCHEDULED = "scheduled"
    DRAFT = "draft"
    UNAPPROVED = "unapproved"
    PRIVACY = "privacy"
    ERROR = "error"
    NONE = ""
    """Nothing of its own. A file to which nothing public refers is not published either, and nothing is said of it."""

    @property
    def stays(self) -> bool:
        """Whether the last published version stays, if the rules pass that (DESIGN, promise 8)."""
        return self in (Reason.ERROR, Reason.PRIVACY)

    @classmethod
    def _missing_(cls, value: object) -> Reason | None:
        return cls.SCHEDULED if value == "embargo" else None  # lists that earlier versions wrote


_PLACE = {reason: place for place, reason in enumerate(Reason)}


def hardest(*reasons: Reason) -> Reason:
    """The one that counts; NONE of none."""
    return min(reasons, key=_PLACE.__getitem__, default=Reason.NONE)
