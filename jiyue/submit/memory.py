"""What each engine has accepted, in a file that the caller names: {engine: {address: digest}}."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path


class Memory:
    """Of one engine. The file is replaced by rename after every accepted batch; a damaged one reads as empty."""

    def __init__(self, file: Path, engine: str) -> None:
        self.file, self.engine = file, engine
        try:
            read = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError):
            read = {}
        self.all: dict[str, dict[str, str]] = read if isinstance(read, dict) else {}

    @property
    def accepted(self) -> dict[str, str] | None:
        """Address -> digest as the engine has it, None if nothing was ever sent to it."""
        return self.all.get(self.engine)

    def keep(self, known: Mapping[str, str]) -> None:
        """Replace what is known of this engine."""
        self.all[self.engine] = dict(sorted(known.items()))
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_name(f"{self.file.name}.{os.getpid()}.part")
        part.write_text(json.dumps(self.all, ensure_ascii=False, indent=1) + "\n", "utf-8")
        part.replace(self.file)
