"""Targets: where releases are served from. Each moves only what differs, says what it would do, and can be resumed."""
