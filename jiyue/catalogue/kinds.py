"""The kinds of articles, each declared once. Their typed fields are in jiyue.catalogue.models.

Source: 吉政办发〔2015〕5号 (一)–(四), the columns of 国办发〔2017〕47号.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """A kind of article.

    title is its Chinese name for officers, label the one in readers' search filters. schema_type: its schema.org type.
    starter: lines of front matter that `jiyue new article` adds; `{day}` is today. drawn: fields that its own template
    (themes/gov/templates/kinds/<name>.html) shows, so that the table of facts omits them. A kind without a template
    looks like news. needs_text: whether an empty body is an error; other kinds build a page from their fields.
    """

    name: str
    title: str
    label: str
    schema_type: str
    starter: str = ""
    drawn: tuple[str, ...] = ()
    template: bool = True
    needs_text: bool = True


_SEARCHED = (
    "claim", "facts", "evidence", "topic_asked", "updates", "documents", "opinions", "result", "transcript", "questions", "guests",
    "basis", "conditions", "materials", "place", "steps", "fee", "fee_basis", "forms", "functions", "posts",
)  # fmt: skip
_NOT_READ = frozenset({"url", "at", "picture", "phone", "adopted"})


def field_text(extra: Mapping[str, Any]) -> str:
    """What readers see of an article's fields and may search for, a line each: a guide's materials, a rebuttal's claim."""
    if _SEARCHED_SET.isdisjoint(extra):
        return ""
    return "\n".join(line for key in _SEARCHED if key in extra for line in _lines(extra[key]))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in _NOT_READ:
                yield from _lines(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _lines(one)


_SEARCHED_SET = frozenset(_SEARCHED)

KINDS = {
    kind.name: kind
    for kind in (
        Kind("news", "一般稿件", "新闻", "NewsArticle", template=False),
        Kind(
            "document", "公文", "公文", "Article",
            "doc_number: \nissuer: \ncreated: {day}\neffective: \n", ("issuer", "created"),
        ),
        Kind("interpretation", "政策解读", "解读", "NewsArticle", "interprets: \n", ("form",)),
        Kind("response", "回应关切", "回应", "NewsArticle", "responding_unit: \n", ("topic_asked",)),
        Kind(
            "rebuttal", "辟谣", "辟谣", "ClaimReview", "claim: \nverdict: 不实\nfacts: \nevidence: \nresponding_unit: \n",
            ("claim", "verdict", "facts", "evidence"), needs_text=False,
        ),
        Kind(
            "letter", "来信答复", "信件", "Article", "received: \ncategory: 咨询\nunit: \nreplied: \n",
            ("received", "replied", "category"),
        ),
        Kind(
            "survey", "征集调查", "征集调查", "Article", "opens: {day}\ncloses: \ndocuments: \ntake_part: \n",
            ("opens", "closes", "opinions_received", "adopted", "documents", "take_part", "result"), needs_text=False,
        ),
        Kind("interview", "在线访谈", "访谈", "NewsArticle", "guests: \nheld: {day}\n", ("guests", "held", "take_part"), needs_text=False),
        Kind(
            "guide", "办事指南", "办事指南", "GovernmentService",
            "basis: \nconditions: \nmaterials: \nplace: \nhours: \nphone: \nsteps: \nfee: \nfee_basis: \ntime_limit: \nforms: \n",
            ("basis", "conditions", "materials", "steps", "fee", "fee_basis", "apply", "forms", "samples"), needs_text=False,
        ),
        Kind("page", "单页", "页面", "WebPage", template=False),
    )
}  # fmt: skip
"""Kinds by name, in the order in which officers see them. `page` is a file directly in a site's folder."""
