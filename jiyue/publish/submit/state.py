"""What each engine has answered, in one JSON file: {engine: {accepted: {address: digest}, refused: …}}."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path


class SubmitState:
    """The answers of one engine. The file is replaced by rename after every answered batch; a damaged one reads as empty.

    accepted, refused: address -> digest of the version that the engine took or turned down. new: nothing was ever sent.
    """

    def __init__(self, file: Path, engine: str) -> None:
        self.file, self.engine = file, engine
        try:
            read = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError):
            read = {}
        self.all: dict[str, dict[str, dict[str, str]]] = read if isinstance(read, dict) else {}
        mine = self.all.get(engine)
        self.new = mine is None
        self.accepted: dict[str, str] = dict((mine or {}).get("accepted", {}))
        self.refused: dict[str, str] = dict((mine or {}).get("refused", {}))

    @property
    def answered(self) -> dict[str, str]:
        """What need not be sent: the engine has accepted or refused this very version."""
        return self.accepted | self.refused

    def keep(self, accepted: Mapping[str, str], refused: Mapping[str, str]) -> None:
        """Add what the engine answered to a batch, and write the file."""
        self.accepted |= accepted
        self.refused |= refused
        for url in accepted:
            self.refused.pop(url, None)
        mine = {"accepted": self.accepted, "refused": self.refused}
        self.all[self.engine] = {name: dict(sorted(known.items())) for name, known in mine.items()}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_name(f"{self.file.name}.{os.getpid()}.part")
        part.write_text(json.dumps(self.all, ensure_ascii=False, indent=1) + "\n", "utf-8")
        part.replace(self.file)
