"""What a start would have to make anew, kept beside the program's byte code, in files like those.

Each holds one value of plain data for this version of Python alone. Where a file is missing, damaged, of another Python or in a
folder that can't be written, its value is made as if there were none.
"""

from __future__ import annotations

import hashlib
import marshal
import sys
from contextlib import suppress
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from jiyue.base import atomic


def place(spec: ModuleSpec) -> Path:
    """The file of a module, given its `__spec__`."""
    return Path(spec.cached or str(spec.origin)).with_suffix(".kept")


def recall(file: Path) -> Any:
    """The value in a file, or None."""
    with suppress(ValueError, EOFError, TypeError):
        version, value = marshal.loads(atomic.read(file) or b"")
        return value if version == sys.version else None
    return None


def remember(file: Path, value: Any) -> None:
    """Keep a value, if it is plain data and byte code is kept at all."""
    if not sys.dont_write_bytecode:
        with suppress(ValueError):
            atomic.write(file, marshal.dumps((sys.version, value)))


def listed(path: Path) -> Any:
    """What a YAML file of the program's own holds, without loading YAML (15 ms) as long as its bytes are the same."""
    data = path.read_bytes()
    mark = hashlib.blake2b(data, digest_size=16).hexdigest()
    file = place(__spec__).with_name(f"{path.stem}.{sys.implementation.cache_tag}.kept")
    known = recall(file)
    if known is None or known[0] != mark:
        import yaml  # noqa: PLC0415  (not loading it is this function's purpose)

        known = mark, yaml.load(data.decode(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        remember(file, known)
    return known[1]
