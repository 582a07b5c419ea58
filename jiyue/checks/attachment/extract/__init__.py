"""The text inside attachments, with every corner in which text hides: hidden sheets, comments, properties, leftovers.

`read` opens one file and runs in a child process (jiyue.checks.attachment.sandbox starts it), because a hostile file may take all
memory or never end. A module reads a family of types; each reader yields Pieces, in time linear to the size of what it
reads; what it can't read it says with Unreadable, never by silence.
"""
