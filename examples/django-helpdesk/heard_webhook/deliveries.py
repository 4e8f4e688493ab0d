"""A ticket as Heard reads it, whole and signed (Standard Webhooks)."""

import base64
import hashlib
import hmac
import json
import logging
import re
import secrets
import time
import urllib.request

from django.conf import settings
from helpdesk.models import Queue, Ticket

logger = logging.getLogger(__name__)
# How django-helpdesk titles what came by mail, also where the mail opened the ticket again. Where your site speaks another language,
# these are other words. All that follows is the address: its first part may be a quotation that holds the same words and somebody
# else's address.
BY_MAIL = re.compile(r"(?:Ticket Re-Opened by )?E-Mail Received from (.+)", re.DOTALL)
# How django-helpdesk titles what the form opens, and what a merge brings from another ticket.
OPENED, MERGED = "Ticket Opened", "[Merged from"
# Heard takes a megabyte at once, and anybody can write that much by mail. Of a long mail the beginning says what is wrong, and of a
# long thread the newest messages are what Heard does not have yet. In characters.
MAIL, THREAD, BESIDE_TEXT = 20_000, 120_000, 300
STATUS = {
    Ticket.OPEN_STATUS: "open", Ticket.REOPENED_STATUS: "open", Ticket.RESOLVED_STATUS: "solved",
    Ticket.CLOSED_STATUS: "solved", Ticket.DUPLICATE_STATUS: "solved",
}


def person(user):
    return {"id": user.get_username(), "name": user.get_full_name(), "email": user.email}


def author(ticket, followup):
    """Who wrote: a user, whoever a mail came from, or whoever has the ticket. Of anything else nobody knows, so it is nobody's."""
    if followup.user and followup.user.is_staff:
        return "agent", followup.user.get_username()
    title = followup.title or ""
    by_mail = BY_MAIL.match(title)
    if by_mail:
        return "customer", by_mail[1].strip().strip("<>").lower()
    if title.startswith(MERGED):
        return "customer", "merged"
    if title.startswith(OPENED) and not followup.user:
        return "customer", (ticket.submitter_email or "").lower()
    return "customer", "unknown"


def is_ours(address):
    """Whether mail to it comes back to us. What stands there as a customer's is our own (django-helpdesk#825)."""
    return Queue.objects.filter(email_address__iexact=address).exists()


def newest(messages):
    """The newest messages that fit, the oldest of them first."""
    kept, room = [], THREAD
    for message in reversed(messages):
        room -= len(message["body"]) + BESIDE_TEXT
        if room < 0:
            break
        kept.append(message)
    return kept[::-1]


def opened_by(followups):
    """The address of the mail that opened the ticket, if a mail did."""
    titles = (BY_MAIL.match(one.title or "") for one in followups[:1])
    return next((title[1].strip().strip("<>").lower() for title in titles if title), None)


def read_along(ticket, followups):
    """Whether customers read the ticket besides the one who has it. Agents do anyway, and mail to us comes back to us."""
    email = (ticket.submitter_email or "").lower()
    copied = [one for one in ticket.ticketcc_set.select_related("user") if not (one.user and one.user.is_staff)]
    others = {(one.email_address or "").lower() for one in copied} - {email, ""}
    merged = any((one.title or "").startswith(MERGED) for one in followups)
    return merged or any(not is_ours(one) for one in others)


def document(ticket):
    fields = {one.field.name: one.value for one in ticket.ticketcustomfieldvalue_set.select_related("field")}
    followups = list(ticket.followup_set.select_related("user").order_by("date", "pk"))
    messages = []
    for one in followups:
        # A mail with a picture alone is a message without a text.
        if one.comment or BY_MAIL.match(one.title or ""):
            word, by = author(ticket, one)
            messages.append({"id": str(one.pk), "author": word, "author_id": by, "public": one.public,
                             "body": (one.comment or "")[:MAIL], "created_at": one.date.isoformat()})
    email = (ticket.submitter_email or "").lower()
    # An agent may give a ticket to somebody else: the name and the description are of whoever opened it.
    opener = opened_by(followups)
    is_openers = opener is None or opener == email
    is_said = any(BY_MAIL.match(one.title or "") or (one.title or "").startswith(OPENED) for one in followups)
    return {
        "ticket": {
            "id": str(ticket.pk), "subject": ticket.title,
            "description": "" if is_said else (ticket.description or "")[:MAIL],
            "status": STATUS.get(ticket.status, "open"), "tags": (fields.get("tags") or "").replace(",", " ").split(),
            "created_at": ticket.created.isoformat(), "changed_at": ticket.modified.isoformat(),
            "url": f"{settings.HEARD_HELPDESK_URL}/tickets/{ticket.pk}/",
            "requester": {"id": email, "email": email, "name": (fields.get("name") or "") if is_openers else ""},
            "agent": person(ticket.assigned_to) if ticket.assigned_to else None,
            "merged_into": str(ticket.merged_to_id) if ticket.merged_to_id else None,
            "shared": read_along(ticket, followups),
        },
        "messages": newest(messages),
    }


def send(ticket_id):
    """True if Heard has it. Whatever goes wrong is logged, and the next `send_to_heard` sends it again."""
    try:
        ticket = Ticket.objects.select_related("assigned_to").get(pk=ticket_id)
        if not ticket.submitter_email or is_ours(ticket.submitter_email):
            return True
        delivery = document(ticket)
        # Each is a delivery of its own: a ticket that is as it was once before is news. What Heard has changes nothing.
        identity = "django_" + secrets.token_hex(16)
        # As it is written: escaped, a character may take twelve bytes. Half of one, as a broken mail may have, is none.
        body = json.dumps({"id": identity, "event": "ticket", **delivery}, ensure_ascii=False).encode(errors="replace")
        now = str(int(time.time()))
        key = base64.b64decode(settings.HEARD_SECRET.removeprefix("whsec_"))
        signed = hmac.new(key, f"{identity}.{now}.".encode() + body, hashlib.sha256).digest()
        headers = {"content-type": "application/json", "webhook-id": identity, "webhook-timestamp": now,
                   "webhook-signature": "v1," + base64.b64encode(signed).decode()}
        request = urllib.request.Request(settings.HEARD_URL, data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=3):
            return True
    except Exception as error:
        logger.error("Heard did not take ticket %s: %s", ticket_id, error)
        return False
