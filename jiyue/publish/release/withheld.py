"""Read the build's list of what is withheld."""

from __future__ import annotations

import json
from pathlib import Path

from jiyue.catalogue.withholding import FILE, STALE, Withheld, rows_of
from jiyue.publish.release.manifest import ReleaseError


def read_withheld(output: Path) -> list[Withheld]:
    """The build's list; [] when it wrote none. ReleaseError when the file is not such a list."""
    path = output / FILE
    if not path.is_file():
        return []
    try:
        return rows_of(json.loads(path.read_bytes()))
    except (ValueError, TypeError, KeyError, AttributeError) as cause:
        raise ReleaseError(f"{path} 不是构建所写的暂缓清单（{cause}）。请重新运行 jiyue build。") from cause


def read_stale(output: Path) -> frozenset[str]:
    """The sites whose output may be older than the list; none where the build wrote no such list. ReleaseError as above."""
    try:
        return frozenset(map(str, json.loads((output / STALE).read_bytes())))
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, TypeError) as cause:
        raise ReleaseError(f"{output / STALE} 读不出来（{cause}）。请重新运行 jiyue build。") from cause
