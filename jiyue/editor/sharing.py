"""What a draft would take from other articles: their files, their addresses. Their approvers never see it."""

from __future__ import annotations

from collections.abc import Collection

from jiyue.catalogue.article import Article
from jiyue.catalogue.read import read_article, stable_id
from jiyue.catalogue.scan import column_of
from jiyue.catalogue.sources import model_of
from jiyue.checks.repository.article_version import Version, files_of
from jiyue.checks.repository.path_names import name_problem
from jiyue.editor.repository import Repository
from jiyue.editor.rules import is_article
from jiyue.registry.site import Site

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


def twin(repository: Repository, commit: str, row: Article, site: Site) -> str:
    """Another article of the site at a commit that has the address or the id of this one; '' if none has."""
    folder, stem = f"content/{site.id}/", row.path.rpartition("/")[2].rpartition(".")[0]
    wanted = {row.id.casefold(), stem.casefold()}
    # written in the text, or made of the file's place
    either = [part for word in sorted(wanted) for part in ("--or", "-e", word)][1:]
    words = ["(", "-e", "id", "--or", "-e", "slug", ")", "--and", "(", *either, ")"]
    out = repository.git("grep", "-l", "--null", "--text", "-i", "-F", *words, commit, "--", folder, none=1)
    found = {one.partition(":")[2] for one in out.decode("utf-8", "surrogateescape").split("\0") if one}
    top = repository.entry(commit, folder.rstrip("/"))
    for path, _ in repository.objects.files(top.id, folder) if top else ():
        if not is_article(path) or name_problem(path):
            continue  # neither is published
        inner, _, name = path.removeprefix(folder).rpartition("/")
        if not wanted.isdisjoint((stable_id(site.id, inner, name), name.rpartition(".")[0].casefold())):
            found.add(path)
    for path in sorted(found):
        if path == row.source_path or not is_article(path):
            continue
        inner, _, name = path.removeprefix(folder).rpartition("/")
        data = repository.objects.blob(repository.blob(commit, path))
        other = read_article(data, site.id, column_of(inner, site.columns), inner, name, path)[0]
        if other and (other.id == row.id or other.path.casefold() == row.path.casefold()):
            return path
    return ""
