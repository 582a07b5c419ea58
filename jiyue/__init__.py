"""Jiyue (集约): the cluster. What happens across the sites of a province, and the command line.

The way of the data is one direction: registry and scan give the catalogue, linkage and checks add facts to it,
the plan says what has to be rendered, render does only that (docs/architecture.md).
"""

from pathlib import Path

__version__ = "0.1.0"

PRODUCT_ROOT = Path(__file__).resolve().parent.parent
"""The folder of the packages: a checkout, or where pip installs. A cluster may be any other folder."""

THEME = next(
    (folder for folder in (PRODUCT_ROOT / "jiyue_themes" / "gov", PRODUCT_ROOT / "themes" / "gov") if folder.is_dir()),
    PRODUCT_ROOT / "themes" / "gov",
)
"""The product's theme: `themes/gov` of a checkout, which a wheel holds as package data of `jiyue_themes`."""
