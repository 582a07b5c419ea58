"""The pieces that attachment readers yield, and their limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one attachment. Sizes in bytes; seconds: CPU time per file in the child process."""

    file_size: int = 50_000_000
    unpacked: int = 300_000_000
    """Total size of its archives' content, nested ones included."""
    ratio: int = 200
    """Maximum compression ratio of an archive entry above 1 MB."""
    entries: int = 2000
    """Entries of an archive; of nested ones in total ten times as many."""
    depth: int = 3
    text: int = 20_000_000
    """Characters of text read from one attachment; more is refused, not cut."""
    pages: int = 2000
    objects: int = 1_000_000
    """Objects of a PDF."""
    seconds: float = 60.0
    memory: int = 2_000_000_000

    def seconds_for(self, size: int) -> float:
        """The CPU time allowed for a file of this size: a small file that takes long is hostile."""
        return min(self.seconds, 4 + size / 50_000)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an attachment's text. name is Chinese, for an officer; first_line 0 where the part has no lines."""

    name: str
    text: str
    first_line: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """The position at which a photo was taken."""

    name: str


@dataclass(frozen=True, slots=True)
class Active:
    """Content that runs or loads something when the file is opened. what: a description in Chinese."""

    what: str


@dataclass(frozen=True, slots=True)
class Truncated:
    """A picture whose end is missing."""

    name: str


class Unreadable(Exception):
    """A file, or a part of it, whose text can't be read; str() says why, in Chinese."""


class TooLarge(Unreadable):
    """A file beyond a limit."""


Piece = Part | Position | Active | Truncated | Unreadable


@dataclass(slots=True)
class _Used:
    """The part of the limits used by an attachment and the files inside it."""

    unpacked: int = 0
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of reading one attachment: limits, readers by kind, nesting depth, and what it has used of the limits."""

    limits: Limits
    readers: Mapping[str, Reader]
    depth: int = 0
    used: _Used = field(default_factory=_Used)

    def deeper(self) -> Reading:
        """The state for a file inside this one. Raises TooLarge."""
        if self.depth >= self.limits.depth:
            raise TooLarge(f"文件套了 {self.depth + 1} 层，超过上限 {self.limits.depth} 层")
        return replace(self, depth=self.depth + 1)

    def spend(self, unpacked: int, entries: int = 0) -> None:
        """Count what an archive holds. Raises TooLarge."""
        self.used.unpacked += unpacked
        self.used.entries += entries
        if self.used.unpacked > self.limits.unpacked:
            raise TooLarge(f"压缩包解开后超过 {self.limits.unpacked / 1e6:.0f} MB")
        if self.used.entries > 10 * self.limits.entries:
            raise TooLarge(f"层层压缩的文件超过 {10 * self.limits.entries} 个")


Reader = Callable[[bytes, Reading], Iterator[Piece]]
