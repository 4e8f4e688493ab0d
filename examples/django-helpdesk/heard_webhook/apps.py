"""Sends each change of a ticket to Heard: after the request that made it, and never in its way."""

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models.signals import post_delete, post_save


class HeardWebhookConfig(AppConfig):
    name = "heard_webhook"

    def ready(self):
        from helpdesk import settings
        from helpdesk.models import FollowUp, Ticket, TicketCC, TicketCustomFieldValue

        # django-helpdesk#1300. What Heard notes for agents is internal, and a customer's colleague may be in copy.
        if not getattr(settings, "HELPDESK_PRIVATE_FOLLOWUP_MEANS_NO_EMAILS", False):
            raise ImproperlyConfigured(
                "django-helpdesk mails internal comments, Heard's too, to everybody in copy of a ticket. "
                "Set HELPDESK_PRIVATE_FOLLOWUP_MEANS_NO_EMAILS = True."
            )
        post_save.connect(lambda instance, **_: send_later(instance.pk), sender=Ticket, weak=False)
        for part in (FollowUp, TicketCC, TicketCustomFieldValue):
            for change in (post_save, post_delete):
                change.connect(lambda instance, **_: send_later(instance.ticket_id), sender=part, weak=False)


def send_later(ticket_id):
    from .deliveries import send

    transaction.on_commit(lambda: send(ticket_id), robust=True)
