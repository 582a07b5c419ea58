"""`alerts/`: the emergency alerts of a site for screens and other systems.

index.json and index.atom list what is in force, and the cancels that readers of the index still have to learn of; of each
there is the CAP 1.2 message, `<identifier>.cap.xml`. A cluster without `sites/alerts/` has none of them; one with it has the
indexes on every site, also empty, so that a screen can be given their address before anything happens. All are the same at
any moment between two changes: they carry no time of the build.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from jiyue.catalogue.alerts import LABELS
from jiyue.linkage.alerts import Message, place
from jiyue.render.pages.jsonld import moment
from jiyue.render.pages.news import Item
from jiyue.render.pages.page import File
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import SiteView
from jiyue_plugins import captext
from jiyue_plugins.feedtext import Feed, atom

FORMAT = 1
FOLDER = "alerts/"


def pages(view: SiteView) -> Iterator[File]:
    """The indexes and a CAP message of each alert."""
    if view.job.alerts is None:
        return
    dead = view.job.dead
    messages = tuple(one._replace(url="") if one.url in dead else one for one in view.job.alerts)
    yield _file(f"{FOLDER}index.json", json.dumps(index(view, messages), ensure_ascii=False, indent=1) + "\n")
    yield _file(f"{FOLDER}index.atom", atom(feed(view, messages), view.url(f"{FOLDER}index.atom"), []))
    for message in messages:
        yield _file(place(message.alert.identifier), captext.cap(message))


def index(view: SiteView, messages: tuple[Message, ...]) -> dict[str, Any]:
    """`alerts/index.json`."""
    return {
        "format": FORMAT,
        "site": view.site.name,
        "url": view.site.url + "/",
        "feed": view.url(f"{FOLDER}index.atom"),
        "alerts": [record(view, message) for message in messages],
    }


def record(view: SiteView, message: Message) -> dict[str, Any]:
    """An alert in CAP's names, with what a screen needs besides: the level of the banner and Chinese names."""
    alert = message.alert
    return {
        "identifier": alert.identifier,
        "sender": message.sender,
        "senderName": message.sender_name,
        "sent": moment(alert.sent),
        "status": alert.status,
        "msgType": alert.msg_type,
        "references": [identifier for _, identifier, _ in message.references],
        "category": list(alert.category),
        "event": alert.event,
        "responseType": list(alert.response),
        "urgency": alert.urgency,
        "severity": alert.severity,
        "certainty": alert.certainty,
        "level": alert.level,
        "label": alert.marked(LABELS["severity"][alert.severity]),
        "effective": moment(alert.begins),
        "onset": moment(alert.onset) if alert.onset else "",
        "expires": moment(alert.expires),
        "headline": alert.marked(alert.headline),
        "description": alert.marked(alert.description),
        "instruction": alert.marked(alert.instruction),
        "web": message.url,
        "contact": alert.contact,
        "area": [{"areaDesc": name, "geocode": code} for name, code in message.places],
        "cap": view.url(place(message.alert.identifier)),
    }


def feed(view: SiteView, messages: tuple[Message, ...]) -> Feed:
    """The Atom index: an entry leads to the CAP message of its alert."""
    items = [
        Item(
            f"tag:{message.sender},2026:alert/{message.alert.identifier}",
            view.url(place(message.alert.identifier)),
            message.alert.marked(message.alert.headline),
            "",
            message.alert.sent,
            "",
            message.sender_name,
            media_type="application/cap+xml",
        )
        for message in messages
    ]
    title = f"{view.site.name}-紧急信息"
    return Feed(
        title, view.site.url + "/", view.url(f"{FOLDER}index"), view.site.name, view.site.lang, items, view.site.hub
    )


def _file(path: str, text: str) -> File:
    data = text.encode()
    return File(path, hashlib.blake2b(data, digest_size=16).hexdigest(), lambda: data)


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
