"""Serializes an alert as a message of the Common Alerting Protocol 1.2 (OASIS, 2010; ITU-T X.1303 bis)."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from jiyue.linkage.alerts import Message
from jiyue.render.pages.jsonld import moment

DIVISION = "GB/T 2260"
"""The geocode's valueName: codes of the administrative divisions of China."""


def cap(message: Message) -> str:
    """The message as XML. Elements stand in the order that the schema prescribes; what is not known is left out."""
    alert = message.alert
    references = " ".join(f"{sender},{identifier},{moment(sent)}" for sender, identifier, sent in message.references)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">',
        _tag("identifier", alert.identifier),
        _tag("sender", message.sender),
        _tag("sent", moment(alert.sent)),
        _tag("status", alert.status),
        _tag("msgType", alert.msg_type),
        _tag("scope", "Public"),
        *([_tag("note", "演练信息，不是实际发生的事件")] if alert.is_exercise else ()),
        *([_tag("references", references)] if references else ()),
        "<info>",
        *_info(message),
        "</info>",
        "</alert>",
    ]
    return "\n".join(lines) + "\n"


def _info(message: Message) -> Iterator[str]:
    alert = message.alert
    yield _tag("language", alert.language)
    yield from (_tag("category", one) for one in alert.category)
    yield _tag("event", alert.event)
    yield from (_tag("responseType", one) for one in alert.response)
    yield _tag("urgency", alert.urgency)
    yield _tag("severity", alert.severity)
    yield _tag("certainty", alert.certainty)
    yield _tag("effective", moment(alert.begins))
    if alert.onset:
        yield _tag("onset", moment(alert.onset))
    yield _tag("expires", moment(alert.expires))
    yield _tag("senderName", message.sender_name)
    for name in ("headline", "description", "instruction"):
        if text := getattr(alert, name):
            yield _tag(name, alert.marked(text))
    if message.url:
        yield _tag("web", message.url)
    if alert.contact:
        yield _tag("contact", alert.contact)
    for name, code in message.places:
        yield "<area>"
        yield _tag("areaDesc", name)
        if code:
            yield f"<geocode>{_tag('valueName', DIVISION)}{_tag('value', code)}</geocode>"
        yield "</area>"


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>"
