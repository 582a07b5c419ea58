"""Who may come in: local accounts, sessions, waiting after failures, the audit log. All of it in one SQLite file."""
