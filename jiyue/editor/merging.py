"""Three-way merge of an article: fields of the front matter, lines of the body, sentences of a line that both changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from merge3 import Merge3

from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.editor.effort import Effort
from jiyue.editor.heads import Head, parts

_SENTENCE = pattern(r"[^。！？；：，、\n|]*(?:[。！？；：，、\n|]+[”’」』）]*|$)")
MOST = 20_000
"""Lines, or pieces of lines, up to which texts are merged (see also Effort): more takes minutes, so a person decides."""

Hunk = tuple[str, str, str]


class Merged(NamedTuple):
    """The result of a merge. hunks: where both sides changed the same, as (base, theirs, mine); then data is of no use."""

    data: bytes
    hunks: tuple[Hunk, ...] = ()


def merge(base: bytes, theirs: bytes, mine: bytes) -> Merged:
    """Take the changes from base to theirs and from base to mine together."""
    if mine in (base, theirs) or base == theirs:
        return Merged(theirs if mine == base else mine)
    try:
        texts = decode(base), decode(theirs), decode(mine)
    except NotUtf8:
        return Merged(b"", (("", "", ""),))
    heads = [parts(text) for text in texts]
    if all(heads):
        merged, hunks = _articles(*(head for head in heads if head))
    else:
        merged, hunks = _lines(*texts)
    if not hunks and _is_article(texts[1]) and _is_article(texts[2]) and not _is_article(merged):
        hunks = [(texts[0], texts[1], texts[2])]
    return Merged(merged.encode("utf-8", "surrogatepass"), tuple(hunks))


def resolved(base: str, theirs: str, mine: str, prefer: Literal["mine", "both"]) -> str:
    """All changes of both sides. Where they clash: what is mine, sentence by sentence; or the lines of both, theirs first."""
    done, effort = [], Effort()
    for clash in _groups(effort, *(text.splitlines(keepends=True) for text in (base, theirs, mine))):
        if isinstance(clash, str):
            done.append(clash)
        elif prefer == "both":
            done += [clash[1] if clash[1].endswith("\n") or not clash[1] else f"{clash[1]}\n", clash[2]]
        else:
            parts_ = _groups(effort, *(_SENTENCE.findall(text) for text in clash))
            done += [part if isinstance(part, str) else part[2] for part in parts_]
    return "".join(done)


def _is_article(text: str) -> bool:
    try:
        split(text)
    except NoFrontMatter:
        return False
    return True


def _articles(base: Head, theirs: Head, mine: Head) -> tuple[str, list[Hunk]]:
    body, hunks = _lines(base.body, theirs.body, mine.body)
    fields = dict(theirs.fields)
    for key in dict.fromkeys([*mine.fields, *base.fields]):
        was, now, own = (side.fields.get(key, "") for side in (base, theirs, mine))
        if own in (was, now):
            continue
        if now == was:
            fields[key] = own
            if not own:
                del fields[key]
        else:
            hunks.append((was, now, own))
    return theirs._replace(fields=fields, body=body).text, hunks


def _lines(base: str, theirs: str, mine: str) -> tuple[str, list[Hunk]]:
    merged, hunks, effort = [], [], Effort()
    for clash in _groups(effort, *(text.splitlines(keepends=True) for text in (base, theirs, mine))):
        if isinstance(clash, str):
            merged.append(clash)
            continue
        for part in _groups(effort, *(_SENTENCE.findall(text) for text in clash)):
            if isinstance(part, str):
                merged.append(part)
            else:
                hunks.append(part)
    return "".join(merged), hunks


def _groups(effort: Effort, base: Sequence[str], theirs: Sequence[str], mine: Sequence[str]) -> Iterator[str | Hunk]:
    """The text of what goes together, and (base, theirs, mine) of what clashes, in order."""
    if max(map(len, (base, theirs, mine))) > MOST or not all(effort.allows(base, side) for side in (theirs, mine)):
        yield "".join(base), "".join(theirs), "".join(mine)
        return
    for group in Merge3(base, theirs, mine).merge_groups():
        if group[0] == "conflict":
            yield "".join(group[1]), "".join(group[2]), "".join(group[3])
        else:
            yield "".join(group[1])
