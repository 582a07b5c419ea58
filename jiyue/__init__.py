"""Jiyue (集约): the cluster. What happens across the sites of a province, and the command line.

The way of the data is one direction: registry and scan give the catalogue, linkage and checks add facts to it,
the plan says what has to be rendered, render does only that (docs/architecture.md).
"""

from pathlib import Path

__version__ = "0.1.0"

PRODUCT_ROOT = Path(__file__).resolve().parent.parent
"""Where the product's own theme, plugins and profiles lie; a cluster may be any other folder."""
