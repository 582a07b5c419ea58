"""Write the table of rules in docs/supervision.md and docs/supervision-dictionary.md from the profiles (`make docs`)."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE, DICTIONARY = ROOT / "docs" / "supervision.md", ROOT / "docs" / "supervision-dictionary.md"
BEGIN, END = "<!-- rules: made by make docs -->\n", "<!-- end of the rules -->\n"

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from jiyue.audit.dictionary import dictionary_page, rules_table  # noqa: E402
from jiyue.registry.load import profile_rules  # noqa: E402


def made() -> dict[Path, str]:
    """File -> its text as it should be."""
    rules = [*profile_rules("province").values()]
    head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    tail = rest.partition(END)[2]
    return {PAGE: f"{head}{BEGIN}\n{rules_table(rules)}\n{END}{tail}", DICTIONARY: dictionary_page(rules)}


if __name__ == "__main__":
    for path, text in made().items():
        path.write_text(text, "utf-8")
