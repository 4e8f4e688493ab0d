"""A ticket as Heard reads it, whole and signed (Standard Webhooks)."""

import base64
import hashlib
import hmac
import json
import logging
import re
import time
import urllib.request

from django.conf import settings
from helpdesk.models import Queue, Ticket

logger = logging.getLogger(__name__)
# How django-helpdesk titles what came by mail. Where your site speaks another language, this is another word. All that follows is
# the address: its first part may be a quotation that holds the same words and somebody else's address.
BY_MAIL = re.compile(r"E-Mail Received from (.+)", re.DOTALL)
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
    """Who wrote: a user, whoever a mail came from, or whoever opened the ticket. Of what was merged in, nobody knows."""
    if followup.user and followup.user.is_staff:
        return "agent", followup.user.get_username()
    title = followup.title or ""
    by_mail = BY_MAIL.match(title)
    if by_mail:
        return "customer", by_mail[1].strip().strip("<>").lower()
    if title.startswith("["):
        return "customer", "merged"
    return "customer", (ticket.submitter_email or "").lower()


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


def document(ticket):
    fields = {one.field.name: one.value for one in ticket.ticketcustomfieldvalue_set.select_related("field")}
    messages = []
    for one in ticket.followup_set.select_related("user").order_by("date", "pk"):
        # A mail with a picture alone is a message without a text.
        if one.comment or BY_MAIL.search(one.title or ""):
            word, by = author(ticket, one)
            messages.append({"id": str(one.pk), "author": word, "author_id": by, "public": one.public,
                             "body": (one.comment or "")[:MAIL], "created_at": one.date.isoformat()})
    email = (ticket.submitter_email or "").lower()
    others = {(one.email_address or "").lower() for one in ticket.ticketcc_set.all()} - {email, ""}
    return {
        "ticket": {
            "id": str(ticket.pk), "subject": ticket.title, "description": (ticket.description or "")[:MAIL],
            "status": STATUS.get(ticket.status, "open"), "tags": (fields.get("tags") or "").replace(",", " ").split(),
            "created_at": ticket.created.isoformat(), "changed_at": ticket.modified.isoformat(),
            "url": f"{settings.HEARD_HELPDESK_URL}/tickets/{ticket.pk}/",
            "requester": {"id": email, "email": email, "name": fields.get("name") or ""},
            "agent": person(ticket.assigned_to) if ticket.assigned_to else None,
            "merged_into": str(ticket.merged_to_id) if ticket.merged_to_id else None, "shared": bool(others),
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
        # The same ticket is the same delivery, however often it is sent.
        identity = "django_" + hashlib.sha256(json.dumps(delivery, sort_keys=True).encode()).hexdigest()
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
