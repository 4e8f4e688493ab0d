"""Sends the tickets that changed lately once more, for what Heard missed while it was down."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from helpdesk.models import Ticket

from heard_webhook.deliveries import send


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--minutes", type=int, default=30, help="how far back")

    def handle(self, *_, minutes, **__):
        since = timezone.now() - timedelta(minutes=minutes)
        sent = [send(pk) for pk in Ticket.objects.filter(modified__gte=since).values_list("pk", flat=True)]
        if not all(sent):
            raise CommandError(f"Heard did not take {sent.count(False)} of {len(sent)} tickets; the log says why.")
        self.stdout.write(f"Sent {len(sent)} tickets.")
