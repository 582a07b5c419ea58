"""Extracts all text from attachments, also where it is hidden: hidden sheets, comments, properties, leftovers.

`read` opens one file and runs in a child process (started by jiyue.checks.attachment.sandbox), because a hostile file may
exhaust the memory or never end. Each module reads a family of types; readers yield Pieces in time linear in the size of
their input, and report what they can't read as Unreadable, never silently.
"""
