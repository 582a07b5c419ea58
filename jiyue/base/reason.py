"""The reasons why something is not public, in order of severity."""

from __future__ import annotations

import enum


class Reason(enum.StrEnum):
    """Why an article or a file is withheld. If several apply, the hardest counts: removal wins over keeping an old version.

    Declared from the hardest to none. A rule names the reason for which its errors withhold (diagnostics.Rule).
    """

    SECRET = "secret"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SCHEDULED = "scheduled"
    DRAFT = "draft"
    UNAPPROVED = "unapproved"
    EDITION = "edition"
    """Its edition in another language is not open (jiyue.catalogue.parity)."""
    PRIVACY = "privacy"
    ERROR = "error"
    NONE = ""
    """No reason of its own. A file that nothing public refers to is not published either, and not reported."""

    @property
    def stays(self) -> bool:
        """Whether the last published version stays online, provided that it passes the rules."""
        return self in (Reason.ERROR, Reason.PRIVACY)

    @classmethod
    def _missing_(cls, value: object) -> Reason | None:
        return cls.SCHEDULED if value == "embargo" else None  # written by earlier versions


NAMES = {
    Reason.SECRET: "疑似涉密",
    Reason.WITHDRAWN: "已撤下",
    Reason.EXPIRED: "已到期",
    Reason.SCHEDULED: "定时发布",
    Reason.DRAFT: "草稿",
    Reason.UNAPPROVED: "未审核",
    Reason.EDITION: "译文版本未开通",
    Reason.PRIVACY: "含个人信息",
    Reason.ERROR: "有错误",
}
"""How each is called in Chinese."""

_PLACE = {reason: place for place, reason in enumerate(Reason)}


def hardest(*reasons: Reason) -> Reason:
    """The hardest of the given reasons; NONE if there are none."""
    return min(reasons, key=_PLACE.__getitem__, default=Reason.NONE)
