"""Build speed, compared with Hugo."""
