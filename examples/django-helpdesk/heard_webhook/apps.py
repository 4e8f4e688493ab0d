"""Sends each change of a ticket to Heard: after the request that made it, and never in its way."""

from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_save


class HeardWebhookConfig(AppConfig):
    name = "heard_webhook"

    def ready(self):
        from helpdesk.models import FollowUp, Ticket, TicketCC, TicketCustomFieldValue

        post_save.connect(lambda instance, **_: send_later(instance.pk), sender=Ticket, weak=False)
        for part in (FollowUp, TicketCC, TicketCustomFieldValue):
            post_save.connect(lambda instance, **_: send_later(instance.ticket_id), sender=part, weak=False)


def send_later(ticket_id):
    from .deliveries import send

    transaction.on_commit(lambda: send(ticket_id), robust=True)
