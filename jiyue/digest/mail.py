"""A digest as a mail (RFC 5322): text and HTML, UTF-8; the same digest at the same moment gives the same bytes."""

from __future__ import annotations

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote, urlsplit

from jiyue.base import clock
from jiyue.digest.markup import as_mail, as_text, heading, plain
from jiyue.digest.select import Digest
from jiyue.registry.mail import MailSettings


def mail(digest: Digest, settings: MailSettings | None, now: str, to: str = "") -> EmailMessage:
    """The mail of a digest. settings: without them it is a draft, which has no sender. to: the one recipient, '' for none.

    now: for its Date. Its Message-ID follows from what it says and to whom, so that a mail sent twice is known as one.
    """
    end = _how_to_cancel(settings)
    text, html = as_text(digest, end), as_mail(digest, end)
    key = hashlib.blake2b("\0".join((text, html, to)).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    message = EmailMessage(policy=SMTP)
    message["Subject"] = heading(digest)
    message["Date"] = format_datetime(clock.aware(now))
    if settings:
        host = settings.sender.address.rpartition("@")[2]
        message["From"] = Address(plain(settings.sender.name), addr_spec=settings.sender.address)
        if settings.reply_to:
            message["Reply-To"] = settings.reply_to
        _cancelling(message, settings, to)
    else:
        host = urlsplit(digest.url).hostname or digest.site
        message["X-Unsent"] = "1"  # mail programs open it for editing
    if to:
        message["To"] = to
    message["Message-ID"] = f"<{key}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers
    message.set_content(text, cte="base64")
    message.add_alternative(html, subtype="html", cte="base64")
    message["Content-Language"] = digest.lang  # set_content moves such headers to the part
    message.set_boundary(f"=_{key}")
    message.policy = SMTP.clone(max_line_length=900)  # folded, an address in a header is none any more (RFC 2369)
    return message


def _cancelling(message: EmailMessage, settings: MailSettings, to: str) -> None:
    """List-Unsubscribe (RFC 2369), and with an https address one click (RFC 8058)."""
    ways = settings.unsubscribe
    if not ways:
        return
    message["List-Id"] = f"<digest.{settings.sender.address.replace('@', '.')}>"
    places = [f"<{ways.url.replace('{address}', quote(to, safe=''))}>"] if ways.url else []
    places += [f"<mailto:{ways.mail}?subject=unsubscribe>"] if ways.mail else []
    message["List-Unsubscribe"] = ", ".join(places)
    if ways.url:
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _how_to_cancel(settings: MailSettings | None) -> str:
    ways = settings.unsubscribe if settings else None
    if not ways:
        return ""
    return f"不想再收到：给 {ways.mail} 发一封邮件即可退订。" if ways.mail else "不想再收到：用邮件程序里的「退订」。"
