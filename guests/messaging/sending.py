"""Handing a message to the mail server, outside any transaction."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from guests.messaging.addresses import host_here
from guests.messaging.calendars import calendar_of
from guests.messaging.models import Message
from guests.messaging.papers import confirmation_pdf

CALENDAR, PAPER = "calendar", "confirmation"


def message_id_of(message: Message) -> str:
    """Return the Message-ID, the same at every attempt: a mail that came twice can be told by it."""
    return f"<{message.public_id}@{host_here()}>"


def hand_over(message: Message) -> str:
    """Send one message and return the provider's id of it, or our own. Raises whatever the backend does."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    identity = message_id_of(message)
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=formataddr((message.sender_name, address)),
        to=[message.recipient],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers={
            "Message-ID": identity,
            "Auto-Submitted": "auto-generated",
            "X-Innkeep-Message": str(message.public_id),
        },
    )
    mail.attach_alternative(message.html, "text/html")
    if message.booking is not None:
        if PAPER in message.attachments:
            pdf = confirmation_pdf(booking=message.booking, language=message.language)
            mail.attach(f"{message.booking.code}.pdf", pdf, "application/pdf")
        if CALENDAR in message.attachments:
            content = calendar_of(booking=message.booking, language=message.language)
            mail.attach(f"{message.booking.code}.ics", content, "text/calendar; method=PUBLISH; charset=utf-8")
    if mail.send() != 1:
        raise OSError("The mail server took nothing.")
    given = getattr(getattr(mail, "anymail_status", None), "message_id", None)
    return str(given or identity)[:160]
