"""Releases: an immutable, signed, verifiable copy of one site's output, that goes live and back in one rename.

    output/<site>/ ─► make.release() ─► releases/<site>/<id>/tree ─► swap.switch_live() ─► live/<site>  (a symbolic link)

One assumption carries the design: **the build replaces files of `output/` by rename and never rewrites them in
place**. So a file of a release may be a hard link to the file that the build wrote: an unchanged file costs no byte
and is not read again. Ingested files are made read-only, so a writer that breaks the assumption fails loudly
(unless it is root; then the changed size or time of the shared inode is found at the next release and reported).
"""
