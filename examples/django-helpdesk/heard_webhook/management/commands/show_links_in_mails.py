"""Lets the HTML of django-helpdesk's mails show a comment's paragraphs and links. Its own shows one long line without any."""

from django.core.management.base import BaseCommand
from helpdesk.models import EmailTemplate

AS_IT_IS = "{{ comment }}"
READABLE = "{{ comment|urlize|linebreaks }}"


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_, **__):
        changed = 0
        for template in EmailTemplate.objects.filter(html__contains=AS_IT_IS):
            template.html = template.html.replace(AS_IT_IS, READABLE)
            template.save(update_fields=["html"])
            changed += 1
        self.stdout.write(f"Changed {changed} templates.")
