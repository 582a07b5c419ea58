"""JSON of plain data, as short as it gets, for what is made once an article."""

from __future__ import annotations

import json
from typing import Any

encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def members(data: dict[str, Any]) -> str:
    """The inside of an object, without its braces; member by member, since a lone text is encoded ten times quicker."""
    return ",".join([f'"{key}":{encode(value)}' for key, value in data.items()])
