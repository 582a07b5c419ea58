"""Importing this module declares every rule that can withhold an article or a file, so that `diagnostics.RULES` is complete.

A rule registers itself when its module is imported. A process that reads findings or waivers from disk may not have
imported that module yet; it imports this one first. A new module with rules on sources is added here; a test compares.
"""

from __future__ import annotations

from jiyue.catalogue import letters  # noqa: F401
from jiyue.checks.article import (  # noqa: F401
    ai_labels,
    anchors,
    data_blocks,
    documents,
    drafting,
    duties,
    editions,
    future,
    links,
    markup,
    officers,
    posters,
    reposts,
    review,
)
from jiyue.checks.attachment import attachments, visibility  # noqa: F401
from jiyue.checks.text import privacy, secrecy, wording  # noqa: F401
from jiyue.letters import importing  # noqa: F401
