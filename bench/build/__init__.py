"""Build speed, side by side with Hugo."""
