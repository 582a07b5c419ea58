"""Which articles use a file: an article that is published must not change by another one's draft, which its approvers never saw."""

from __future__ import annotations

from collections.abc import Collection

from jiyue.catalogue.sources import model_of
from jiyue.checks.repository.article_version import Version, files_of
from jiyue.editor.repository import Repository
from jiyue.editor.rules import is_article

_SPELLED = "%&\\"
"""What a name that is not written as it is has in it: percent signs, references of HTML, escapes of YAML."""


def users(repository: Repository, commit: str, site: str, files: Collection[str], without: str) -> list[str]:
    """The articles and ledgers of a site at a commit, but one, that refer to one of these files (paths of the repository).

    A ledger counts if it names the file anywhere. Raises GitError.
    """
    folder = f"content/{site}/"
    names = [path.rpartition("/")[2] for path in files]
    words = [part for word in (*names, *_SPELLED) for part in ("-e", word)]
    out = repository.git("grep", "--files-with-matches", "--null", "--text", "-F", *words, commit, "--", folder, none=1)
    found = []
    for path in (one.partition(":")[2] for one in out.decode("utf-8", "surrogateescape").split("\0") if one):
        if path == without or not (is_article(path) or model_of(path)):
            continue
        data = repository.objects.blob(repository.blob(commit, path))
        inner = path.removeprefix(folder).rpartition("/")[0]
        if is_article(path):
            is_user = any(folder + file in files for _, file in files_of(inner, Version.of(data)))
        else:
            is_user = any(name.encode() in data for name in names)
        if is_user:
            found.append(path)
    return found
