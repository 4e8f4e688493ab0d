"""A real django-helpdesk, set up as docs/helpdesks/django-helpdesk.md says."""

import base64
import json
import os
import shutil
import sqlite3
import subprocess

from common import Program, ROOT, call, free_port, say, until

EXAMPLE = ROOT / "examples/django-helpdesk"
INSTALLED = ROOT / "target/django-helpdesk"

SETTINGS = """
from pathlib import Path
BASE = Path(__file__).parent
SECRET_KEY = "only-for-this-play"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
SITE_ID = 1
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites",
    "django.contrib.messages", "django.contrib.staticfiles", "django.contrib.admin", "django.contrib.humanize",
    "rest_framework", "helpdesk", "heard_webhook"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE / "helpdesk.sqlite",
    "OPTIONS": {"timeout": 20}}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
STATIC_URL = "/static/"
USE_TZ = True
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = BASE / "sent"
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"]}
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_PRIVATE_FOLLOWUP_MEANS_NO_EMAILS = True
HEARD_URL = "%(heard)s/hooks/support"
HEARD_SECRET = "%(secret)s"
HEARD_HELPDESK_URL = "%(url)s"
"""

URLS = """
from django.contrib import admin
from django.urls import include, path
urlpatterns = [path("admin/", admin.site.urls), path("", include("helpdesk.urls"))]
"""

SEED = """
from django.contrib.auth import get_user_model
from helpdesk.models import CustomField, Queue
users = get_user_model().objects
users.create_superuser("sam", "sam@acme.test", "password-of-sam", first_name="Sam", last_name="Okafor")
users.create_user("heard", "heard@acme.test", "password-of-heard", is_staff=True)
Queue.objects.create(title="Support", slug="support", email_address="support@acme.test", allow_public_submission=True,
    allow_email_submission=True, enable_notifications_on_email_events=True, email_box_type="local",
    email_box_local_dir="mail", email_box_interval=0)
CustomField.objects.create(name="name", label="Your name", data_type="varchar", max_length=100, required=False,
    staff_only=False)
CustomField.objects.create(name="tags", label="Tags", data_type="varchar", max_length=200, required=False,
    staff_only=True)
"""


class DjangoHelpdesk:
    """The program on a database of its own, with mail in folders."""

    connection = "support"

    def __init__(self, folder, heard_url, secret):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "mail").mkdir(exist_ok=True)
        shutil.copytree(EXAMPLE / "heard_webhook", folder / "heard_webhook", dirs_exist_ok=True)
        (folder / "settings.py").write_text(SETTINGS % {"heard": heard_url, "secret": secret, "url": self.url})
        (folder / "urls.py").write_text(URLS)
        self.python = INSTALLED / "bin/python"
        self.environment = {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(folder)}
        self.program = Program("helpdesk", [INSTALLED / "bin/gunicorn", "-w1", "--threads", "8", "-b",
                                            f"127.0.0.1:{self.port}", "django.core.wsgi:get_wsgi_application()"],
                               folder, self.environment)

    def manage(self, *arguments, may_fail=False):
        run = subprocess.run([str(self.python), "-m", "django", *arguments], cwd=self.folder, check=False, text=True,
                             capture_output=True, env={**os.environ, **self.environment})
        assert may_fail or run.returncode == 0, f"{arguments} ended with {run.returncode}: {run.stdout}{run.stderr}"
        return run.stdout

    def starts(self):
        self.manage("migrate", "-v0")
        self.manage("shell", "-c", SEED)
        self.manage("show_links_in_mails")
        self.program.starts()
        until("django-helpdesk answers", lambda: call("GET", self.url, raw=True)[0] == 200)

    def settings(self, proxied):
        """The connection of the page, with the addresses of this play."""
        return (EXAMPLE / "connection.toml").read_text().replace("https://support.acme.test", proxied)

    def secrets(self, secret):
        basic = base64.b64encode(b"heard:password-of-heard").decode()
        return {"HELPDESK_BASIC": basic, "HELPDESK_WEBHOOK_SECRET": secret}

    def agent(self, method, path, body=None):
        basic = base64.b64encode(b"sam:password-of-sam").decode()
        status, _, answer = call(method, self.url + path, body, {"authorization": f"Basic {basic}"})
        assert 200 <= status < 300, f"{method} {path} answered {status}: {answer}"
        return answer

    def ask(self, question):
        """What django-helpdesk's own database says."""
        with sqlite3.connect(f"file:{self.folder}/helpdesk.sqlite?mode=ro", uri=True) as database:
            return database.execute(*question).fetchall()

    def mail(self, name, address, subject, text, html=False):
        """A customer's mail, as the mail server leaves it. Gives the ticket's number."""
        kind = "text/html" if html else "text/plain"
        message = (f"From: {name} <{address}>\nTo: support@acme.test\nSubject: {subject}\n"
                   f"Message-ID: <{os.urandom(8).hex()}@play>\nContent-Type: {kind}; charset=utf-8\n\n{text}\n")
        (self.folder / "mail" / os.urandom(4).hex()).write_text(message)
        self.manage("get_email")
        return self.ask(("SELECT max(id) FROM helpdesk_ticket WHERE submitter_email = ?", (address,)))[0][0]

    def answers(self, name, address, number, text):
        return self.mail(name, address, f"Re: [support-{number}] an answer", text)

    def takes(self, number):
        """By the button that agents press."""
        code = f"""
from django.test import Client
client = Client()
assert client.login(username="sam", password="password-of-sam")
answer = client.get("/tickets/{number}/?take", HTTP_HOST="127.0.0.1")
assert answer.status_code in (200, 302), (answer.status_code, answer.content[:500])
"""
        self.manage("shell", "-c", code)
        say(f"an agent takes ticket {number}")

    def escalates(self, number):
        code = f"""
from helpdesk.models import CustomField, TicketCustomFieldValue
TicketCustomFieldValue.objects.create(ticket_id={number}, field=CustomField.objects.get(name="tags"), value="escalate")
"""
        self.manage("shell", "-c", code)
        say(f"an agent gives ticket {number} the tag escalate")

    def merges(self, number, into):
        """By the form that agents use."""
        code = f"""
from django.test import Client
client = Client()
assert client.login(username="sam", password="password-of-sam")
answer = client.post("/tickets/merge?tickets={into}&tickets={number}", {{"chosen_ticket": "{into}"}}, HTTP_HOST="127.0.0.1")
assert answer.status_code == 302, (answer.status_code, answer.content[:500])
"""
        self.manage("shell", "-c", code)
        say(f"an agent merges ticket {number} into {into}")

    def sends_again(self):
        self.manage("send_to_heard", may_fail=True)

    def is_reply(self, path, number, body):
        written = json.loads(body or "{}") if path == "/api/followups/" else {}
        return written.get("ticket") == number and written.get("public") is True

    def replies_by_heard(self, number):
        """What Heard said to customers, as django-helpdesk itself has it."""
        return self.written_by_heard(number, "public")

    def notes_by_heard(self, number):
        """What Heard noted for agents."""
        return self.written_by_heard(number, "NOT public")

    def written_by_heard(self, number, which):
        rows = self.ask(("SELECT comment FROM helpdesk_followup JOIN auth_user ON auth_user.id = user_id"
                         f" WHERE ticket_id = ? AND {which} AND username = 'heard' ORDER BY helpdesk_followup.id", (number,)))
        return [comment for (comment,) in rows]

    def mails(self):
        return "".join(one.read_text(errors="replace") for one in sorted((self.folder / "sent").glob("*")))

    def ends(self):
        self.program.ends()
