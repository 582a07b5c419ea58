"""Plain data (what json.dumps takes) as short JSON, and by its digest: for what is made once an article."""

from __future__ import annotations

import hashlib
import json
from typing import Any

encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def members(data: dict[str, Any]) -> str:
    """The inside of an object, without its braces; member by member, since a lone text is encoded ten times quicker."""
    return ",".join([f'"{key}":{encode(value)}' for key, value in data.items()])


def plain_digest(data: Any) -> str:
    """The digest of plain data, 32 hexadecimal digits."""
    return hashlib.blake2b(encode(data).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
