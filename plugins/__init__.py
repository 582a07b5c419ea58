"""The plugins by the names that a Pelican project expects; they live in jiyue_plugins."""
