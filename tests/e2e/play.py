"""Plays the whole loop against a real helpdesk: see README.md beside this file."""

import argparse
import base64
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import threading
from pathlib import Path

from common import Github, Heard, ROOT, free_port, say, until
from proxy import Proxy

SUBJECT = "Monthly report export is missing its last row"
TEXT = "Hello,\n\nevery CSV export of our monthly report is missing its last row. Can you look at it?\n"
# As Outlook writes it (frappe/helpdesk#3563).
OUTLOOK = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><!--[if gte mso 9]><xml><o:OfficeDocumentSettings>
<o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]--><style><!-- @font-face {font-family:Calibri;} p.MsoNormal
{margin:0cm; font-size:11.0pt;} --></style></head><body lang="EN-GB"><div class="WordSection1"><p class="MsoNormal">Hello,<o:p></o:p>
</p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">every CSV export of our monthly report is <b>missing its last
row</b>. Can you look at it?<o:p></o:p></p></div></body></html>"""


def helpdesk(name):
    if name == "request-tracker":
        from request_tracker import RequestTracker as Helpdesk
    else:
        from django_helpdesk import DjangoHelpdesk as Helpdesk
    return Helpdesk


def play(kind, heard_binary, folder):
    secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    port = free_port()
    heard = Heard(folder, heard_binary, port)
    desk = helpdesk(kind)(folder, heard.url, secret)
    github = Github(folder, f"{heard.url}/hooks/github")
    try:
        desk.starts()
        proxy = Proxy(desk.url, free_port())
        heard.set_up(github, desk.settings(proxy.url), desk.secrets(secret))
        proxy.kill = heard.is_killed
        heard.starts()
        code, said = heard.command("check")
        assert code == 0, f"heard check ended with {code}: {said}"
        say("heard check finds nothing wrong")
        the_loop(heard, desk, github, proxy)
    finally:
        heard.program and heard.program.ends()
        desk.ends()
        github.program.ends()


def the_loop(heard, desk, github, proxy):
    ann = desk.mail("Ann Doe", "ann@lovelace.test", SUBJECT, TEXT)
    ben = desk.mail("Ben Poe", "ben@other.test", SUBJECT, TEXT)
    carl = desk.mail("Carl Roe", "carl@third.test", SUBJECT, TEXT)
    dora = desk.mail("Dora Noe", "dora@fourth.test", SUBJECT, OUTLOOK, html=True)
    say(f"four customers wrote by mail: tickets {ann}, {ben}, {carl}, {dora}")
    topic = heard.topic_of(desk.connection, ann)
    for other in (ben, carl, dora):
        theirs = heard.topic_of(desk.connection, other)
        if theirs != topic:
            heard.does(f"/api/v1/topics/{theirs}/merge", {"into": topic})
            say(f"a person says that ticket {other} is the same")
    # A note goes where somebody works on the ticket.
    for number in (ann, ben, carl, dora):
        desk.takes(number)
    unanswered = []

    def loses_the_answer_to_a_note(path, body):
        if not unanswered and "escalated" in body and not desk.is_reply(path, ann, body):
            unanswered.append(body)
            return "unanswered"
        return None

    proxy.interrupts = loses_the_answer_to_a_note
    desk.escalates(ann)
    issue = heard.issue_of(topic)
    say(f"it is issue {issue}")

    # django-helpdesk takes a merge back if somebody writes in the ticket in the same moment.
    until("agents read of it in each ticket", lambda: all(map(desk.notes_by_heard, (ann, ben, carl, dora))))
    until("and of its issue", lambda: len(desk.notes_by_heard(ann)) > 1)
    assert unanswered, "the answer to a note was to be lost"
    until("the note whose answer was lost is known to be there", lambda: not of_heard(heard, "SELECT count(*) FROM outbox_message WHERE state <> 'done'")[0])
    escalated = [note for note in desk.notes_by_heard(ann) if "escalated" in note]
    assert len(escalated) == 1, f"the same note several times: {escalated}"
    desk.merges(ben, ann)
    until("Heard knows that others read the ticket", lambda: shared_is_known(heard, desk, ben))

    # One is killed when the reply is written and not yet answered, the other before it is written.
    left, cut_off = {carl: "after", dora: "before"}, []

    shared_is_told = threading.Event()

    one_at_a_time = threading.Lock()

    def interrupts(path, body):
        for number in list(left):
            if desk.is_reply(path, number, body):
                # What two read has no link to be found by, so it is told before anybody is killed.
                shared_is_told.wait(60)
                with one_at_a_time:
                    if not heard.is_running():
                        return "lost"    # whoever asked is dead already
                    cut_off.append(number)
                    when = left.pop(number)
                    if when == "before":
                        heard.is_killed()
                        return "lost"
                    return when
        return None

    def answered(path, body):
        if desk.is_reply(path, ann, body):
            threading.Timer(1, shared_is_told.set).start()

    proxy.interrupts, proxy.answered = interrupts, answered
    github.releases_a_fix_of(issue, "v2.4.0")
    asked = until("every update is settled", lambda: settled(heard, desk))
    assert sorted(cut_off) == sorted([carl, dora]), cut_off
    by_state = sorted(one["state"] for one in asked)
    assert by_state == ["failed", "sent", "sent", "sent"], asked

    shared, *more = desk.replies_by_heard(ann)
    assert not more, more
    for theirs in ("Ann", "Ben", "/c/", "last row"):
        assert theirs not in shared, f"{theirs} is in what two customers read: {shared}"
    assert "2.4.0" in shared, shared
    for number, name in ((carl, "Carl"), (dora, "Dora")):
        told, *more = desk.replies_by_heard(number)
        assert not more, f"ticket {number} was told more than once"
        assert (name in told or desk.connection != "rt") and "/c/" in told and "last row" in told and "2.4.0" in told, told
        for form in ("mso", "Mso", "font-face", "<o:p>"):
            assert form not in told, f"{form} is in what {name} reads: {told}"
    say("each ticket was told once, and the one that two read without a name, words or a link")
    [of_ben] = [one for one in asked if one["state"] == "failed"]
    assert "merged into" in of_ben["reason"], of_ben
    nothing_internal_is_mailed(desk, ann)
    assert links_in_html(desk.mails()) >= 4, "the customers' mails have links to press, not only addresses"

    # Outlook marks no line that it quotes (osTicket#5548), and what it quotes here says "still broken".
    told = re.sub("<[^>]+>", "", desk.replies_by_heard(carl)[0])
    desk.answers("Carl Roe", "carl@third.test", carl, "Thank you, it works now.\n\nCarl Roe\nThird Ltd.\n\n"
                 "-----Original Message-----\nFrom: Acme support <support@acme.test>\nSent: Sunday, November 29, 2026 10:12\n"
                 f"To: Carl Roe <carl@third.test>\nSubject: {SUBJECT}\n\n{told}")
    until("Carl's answer is understood",
          lambda: (heard.get(f"/api/v1/topics/{topic}").get("updates") or {}).get("confirmed"))

    # Who reads along answers nothing for Ann, and is not overheard.
    desk.answers("Ben Poe", "ben@other.test", ann, "No, it is still broken for us.")
    until("an agent reads what Ben says", lambda: any("somebody else in this ticket" in one for one in desk.notes_by_heard(ann)))

    heard.program.ends()
    say("Heard is down")
    eve = desk.mail("Eve Loe", "eve@fifth.test", "Dark mode for the editor", "Please add a dark theme to the editor.")
    desk.answers("Dora Noe", "dora@fourth.test", dora, "It is still broken, the last row is missing.")
    say(f"ticket {eve} is written meanwhile, and Dora answers")
    heard.starts()
    desk.sends_again()
    heard.topic_of(desk.connection, eve)
    until("the topic is open again", lambda: heard.get(f"/api/v1/topics/{topic}")["state"] not in ("shipped",))
    assert len(desk.replies_by_heard(dora)) == 1
    say("what was missed is there, and nobody was told twice")
    desk.answers("Mallory", "mallory@evil.test", dora, "It works now, and I am somebody else.")
    until("somebody else's answer is somebody else's", lambda: author_of(heard, "It works now, and I am") == "copied")
    nothing_internal_is_mailed(desk, ann)


def nothing_internal_is_mailed(desk, shared):
    """Somebody else is in copy of this ticket, and what is noted for agents stays among them (django-helpdesk#1300)."""
    notes = desk.notes_by_heard(shared)
    assert notes, f"Heard noted nothing in ticket {shared}"
    mails = as_read(desk.mails())
    for note in notes:
        first = " ".join(note.split())[:30]
        assert first not in " ".join(mails.split()), f"a customer was mailed an internal note: {first}"


def links_in_html(mails):
    """How many links to a customer's page the HTML of mails has, which may be encoded as mail is."""
    return len(re.findall(r'<a href="[^"]*/c/', as_read(mails)))


def as_read(mails):
    """Mails without the encoding of their lines."""
    return mails.replace("=\n", "").replace("=3D", "=").replace("=20", " ")


def shared_is_known(heard, desk, merged):
    """The ticket that was merged away is known to be, which is said after the one that carries on."""
    return of_heard(heard, "SELECT status FROM ticket WHERE external_id = ?", str(merged)) == ("merged",)


def author_of(heard, words):
    """Whose message Heard takes it for."""
    row = of_heard(heard, "SELECT author FROM message WHERE body LIKE ?", f"%{words}%")
    return row and row[0]


def of_heard(heard, question, *values):
    """The first row of what Heard's database has."""
    with sqlite3.connect(f"file:{heard.folder}/heard.db?mode=ro", uri=True) as database:
        return database.execute(question, values).fetchone()


def support_looks(heard, desk, updates):
    """Where a helpdesk cannot be read, a person is asked whether a reply is there, and has it sent again if it is not."""
    for one in updates:
        if one["state"] == "in_doubt":
            number = heard.get(f"/api/v1/tickets/{one['ticket']}")["external_id"]
            if not desk.replies_by_heard(number):
                say(f"a person sees that ticket {number} was not told, and has it told")
                heard.does(f"/api/v1/updates/{one['id']}/approve")


def settled(heard, desk):
    """Every update, once none is under way. Where Heard was killed meanwhile it is started again."""
    if not heard.is_running():
        heard.starts()
    try:
        desk.sends_again()    # as a clock does every few minutes
        updates = heard.updates()
    except (ConnectionError, AssertionError):
        return None    # killed just now
    support_looks(heard, desk, updates)
    done = len(updates) == 4 and all(one["state"] in ("sent", "failed", "cancelled") for one in updates)
    return updates if done else None


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("helpdesk", choices=["request-tracker", "django-helpdesk"])
    arguments.add_argument("--heard", type=Path, default=ROOT / "target/release/heard", help="the program to play with")
    arguments.add_argument("--keep", type=Path, help="a folder for everything, kept afterwards")
    given = arguments.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="heard-play-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        play(given.helpdesk, given.heard.resolve(), folder.resolve())
    except BaseException:
        for log in sorted(folder.glob("*.log")):
            print(f"--- the end of {log.name}", *log.read_text(errors="replace").splitlines()[-25:], sep="\n", file=sys.stderr)
        raise
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"The whole loop holds with {given.helpdesk}.")


if __name__ == "__main__":
    main()
