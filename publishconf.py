"""The same as pelicanconf.py, plus what only a publication does. Use with `pelican -s publishconf.py --fatal warnings`."""

from pelicanconf import *  # noqa: F403

DELETE_OUTPUT_DIRECTORY = True
