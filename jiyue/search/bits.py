"""Bit codes of integers. A run of bits is a pair (value, length): shifting big integers is Python's fastest packing."""

from __future__ import annotations

Bits = tuple[int, int]
EMPTY: Bits = (0, 0)


def join(first: Bits, second: Bits) -> Bits:
    """Concatenate two runs."""
    return first[0] << second[1] | second[0], first[1] + second[1]


def rice(value: int, low: int) -> Bits:
    """Golomb–Rice: value >> low zeros, a one, then the `low` lowest bits."""
    return 1 << low | value & (1 << low) - 1, (value >> low) + 1 + low


def gamma(value: int) -> Bits:
    """Elias gamma of a value of at least 1."""
    return value, 2 * value.bit_length() - 1


def rice_parameter(universe: int, count: int) -> int:
    """The optimal number of low bits for `count` increasing numbers below `universe`: about log2(0.69 · mean gap)."""
    return max(0, (universe * 11 // (16 * count)).bit_length() - 1) if count else 0


def pack(run: Bits) -> bytes:
    """The bits as bytes; the last one is padded with zeros."""
    value, length = run
    size = -(-length // 8)
    return (value << size * 8 - length).to_bytes(size, "big")


class Reader:
    """Decodes numbers one by one."""

    __slots__ = ("at", "digits")

    def __init__(self, data: bytes) -> None:
        self.digits = format(int.from_bytes(data, "big"), f"0{len(data) * 8}b") if data else ""
        self.at = 0

    def rice(self, low: int) -> int:
        """The next Rice-coded number."""
        one = self.digits.index("1", self.at)
        high = one - self.at
        self.at = one + 1 + low
        return high << low | int(self.digits[one + 1 : self.at] or "0", 2)

    def gamma(self) -> int:
        """The next gamma-coded number."""
        one = self.digits.index("1", self.at)
        self.at, end = 2 * one - self.at + 1, 2 * one - self.at + 1
        return int(self.digits[one:end], 2)
