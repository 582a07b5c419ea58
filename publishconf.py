"""pelicanconf.py for a folder that holds nothing but this site: what another run left there goes first.

A publication needs no settings of its own: `jiyue build` and `jiyue publish` (docs/operations.md) use those of
pelicanconf.py. This file is for who builds a site by plain Pelican and copies the folder to a server:
`SITE=changchun pelican -s publishconf.py -o FOLDER --fatal errors` writes the same bytes.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from pelicanconf import *  # noqa: F403

DELETE_OUTPUT_DIRECTORY = True
