"""Derive themes/gov/static/search/t2s.txt from OpenCC (pip install opencc, Apache-2.0): `python make_t2s.py > t2s.txt`.

Two lines of the same length: traditional characters, and the simplified one for each. Only characters of Big5, which is what people type.
"""

import sys

from opencc import OpenCC


def main() -> None:
    """Print the table."""
    convert = OpenCC("t2s").convert
    pairs = []
    for code in range(0x3400, 0xA000):
        sign = chr(code)
        simple = convert(sign)
        try:
            sign.encode("big5")
            simple.encode("gbk")
        except UnicodeEncodeError:
            continue
        if simple != sign and len(simple) == 1:
            pairs.append((sign, simple))
    sys.stdout.write("".join(sign for sign, _ in pairs) + "\n" + "".join(simple for _, simple in pairs))


if __name__ == "__main__":
    main()
