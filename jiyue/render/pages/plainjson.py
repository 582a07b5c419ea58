"""Compact JSON and digests of plain data, fast enough to be made for every article."""

from __future__ import annotations

import hashlib
import json
from typing import Any

encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def members(data: dict[str, Any]) -> str:
    """The members of a JSON object without its braces, encoded one by one: single strings are encoded ten times faster."""
    return ",".join([f'"{key}":{encode(value)}' for key, value in data.items()])


def plain_digest(data: Any) -> str:
    """The digest of plain data, 32 hexadecimal digits."""
    return hashlib.sha256(encode(data).encode("utf-8", "surrogatepass")).hexdigest()[:32]  # see jiyue.render.output
