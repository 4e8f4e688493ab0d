"""A real Request Tracker 5, set up as docs/helpdesks/request-tracker.md says."""

import base64
import os
import subprocess
import urllib.parse
from pathlib import Path

from common import Program, ROOT, call, free_port, say, until

EXAMPLE = ROOT / "examples/request-tracker"
LIBRARY = Path("/usr/share/request-tracker5/lib")


class RequestTracker:
    """The program on a database of its own, with mail that goes to a file."""

    connection = "rt"

    def __init__(self, folder, heard_url, secret):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        for name in ("var", "lib/RT/Action", "none"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "lib/RT/Action/Heard.pm").write_text((EXAMPLE / "Heard.pm").read_text())
        (folder / "mail.sh").write_text(f"#!/bin/sh\ncat >> {folder}/mail.txt\necho >> {folder}/mail.txt\n")
        (folder / "mail.sh").chmod(0o755)
        (folder / "RT_SiteConfig.pm").write_text(f"""
Set($rtname, 'acme.test'); Set($Organization, 'acme.test');
Set($WebDomain, '127.0.0.1'); Set($WebPort, {self.port}); Set($WebPath, '');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{folder}/var/rt.sqlite');
Set($DatabaseUser, ''); Set($DatabasePassword, '');
Set($CorrespondAddress, 'support@acme.test'); Set($CommentAddress, 'comment@acme.test');
Set($MailCommand, 'sendmailpipe'); Set($SendmailPath, '{folder}/mail.sh'); Set($SendmailArguments, '');
Set($LogToSTDERR, 'error'); Set($LogToSyslog, undef); Set($Timezone, 'UTC');
Set($HeardURL, '{heard_url}/hooks/rt');
Set($HeardSecret, '{secret}');
1;
""")
        self.environment = {
            "RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"), "RT_SITE_CONFIG_DIR": str(folder / "none"),
            "PERL5LIB": f"{folder}/lib:{LIBRARY}",
        }
        self.program = Program("rt", ["/usr/share/request-tracker5/libexec/rt-server", "--server", "Starlet",
                                      "--host", "127.0.0.1", "--port", self.port, "--max-workers", "4"],
                               folder, self.environment)

    def runs(self, *arguments):
        run = subprocess.run([str(one) for one in arguments], cwd=self.folder, check=False, capture_output=True,
                             text=True, env={**os.environ, **self.environment})
        assert run.returncode == 0, f"{arguments} ended with {run.returncode}: {run.stdout}{run.stderr}"
        return run.stdout

    def starts(self):
        self.runs("/usr/sbin/rt-setup-database-5", "--action", "init", "--skip-create", "--dba", "", "--dba-password", "",
                  "--datadir", "/usr/share/request-tracker5/etc")
        said = self.runs("/usr/sbin/rt-setup-database-5", "--action", "insert", "--datafile", EXAMPLE / "heard.pl",
                         "--dba", "", "--dba-password", "")
        [line] = [line for line in said.splitlines() if line.startswith("The token of the user heard: ")]
        self.token = line.rsplit(" ", 1)[1]
        # Whoever writes a mail may open a ticket and answer in it, as in every Request Tracker that takes mail.
        self.runs("perl", "-e", "use RT -init; my $all = RT::Group->new(RT->SystemUser);"
                  "$all->LoadSystemInternalGroup('Everyone'); for my $right (qw(CreateTicket ReplyToTicket)) {"
                  "my ($done, $why) = $all->PrincipalObj->GrantRight(Right => $right, Object => RT->System);"
                  "die $why unless $done }")
        self.program.starts()
        until("Request Tracker answers", lambda: call("GET", self.url, raw=True)[0] == 200)

    def settings(self, proxied):
        """The connection of the page, with the addresses of this play."""
        return (EXAMPLE / "connection.toml").read_text().replace("https://rt.acme.test", proxied)

    def secrets(self, secret):
        return {"RT_TOKEN": self.token, "RT_WEBHOOK_SECRET": secret}

    def agent(self, method, path, body=None, version="2.0", raw=False):
        basic = base64.b64encode(b"root:password").decode()
        status, headers, answer = call(method, f"{self.url}/REST/{version}{path}", body,
                                       {"authorization": f"Basic {basic}"}, raw)
        assert 200 <= status < 300, f"{method} {path} answered {status}: {answer}"
        return answer

    def mail(self, name, address, subject, text, html=False):
        """A customer's mail, as the mail server hands it to rt-mailgate, which posts it so. Gives the ticket's number."""
        kind = "text/html" if html else "text/plain"
        message = (f"From: {name} <{address}>\nTo: support@acme.test\nSubject: {subject}\n"
                   f"Message-ID: <{os.urandom(8).hex()}@play>\nContent-Type: {kind}; charset=utf-8\n\n{text}\n")
        form = urllib.parse.urlencode({"queue": "General", "action": "correspond", "message": message}).encode()
        status, _, said = call("POST", f"{self.url}/REST/1.0/NoAuth/mail-gateway", form,
                               {"content-type": "application/x-www-form-urlencoded"}, raw=True)
        assert status == 200 and said.startswith("ok"), f"the mail gateway answered {status}: {said}"
        query = urllib.parse.quote(f"Requestor.EmailAddress = '{address}'")
        found = self.agent("GET", f"/tickets?query={query}&orderby=id&order=DESC")["items"]
        return int(found[0]["id"]) if found else None

    def answers(self, name, address, number, text):
        return self.mail(name, address, f"Re: [acme.test #{number}] an answer", text)

    def takes(self, number):
        self.agent("PUT", f"/ticket/{number}", {"Owner": "root"})
        say(f"an agent takes ticket {number}")

    def escalates(self, number):
        self.agent("PUT", f"/ticket/{number}", {"CustomFields": {"Tags": ["escalate"]}})
        say(f"an agent gives ticket {number} the tag escalate")

    def merges(self, number, into):
        form = urllib.parse.urlencode({"user": "root", "pass": "password"}).encode()
        _, _, said = call("POST", f"{self.url}/REST/1.0/ticket/{number}/merge/{into}", form,
                          {"content-type": "application/x-www-form-urlencoded"}, raw=True)
        assert "Merge completed" in said, said
        say(f"an agent merges ticket {number} into {into}")

    def sends_again(self):
        self.runs("/usr/bin/rt-crontool-5", "--search", "RT::Search::FromSQL", "--search-arg",
                  "LastUpdated > '30 minutes ago'", "--action", "RT::Action::Heard")

    def replies_by_heard(self, number):
        """What Heard said to customers, as Request Tracker itself shows it."""
        return self.written_by_heard(number, "Correspond")

    def notes_by_heard(self, number):
        """What Heard noted for agents."""
        return self.written_by_heard(number, "Comment")

    def written_by_heard(self, number, kind):
        history = self.agent("GET", f"/ticket/{number}/history?fields=Type,Creator&per_page=100")["items"]
        ours = {one["id"] for one in history if one["Type"] == kind and one["Creator"]["id"] == "heard"}
        parts = self.agent("GET", f"/ticket/{number}/attachments?fields=Content,TransactionId&per_page=100")["items"]
        return [one["Content"] for one in parts if one["TransactionId"] in ours]

    def is_reply(self, path, number, _body):
        return path == f"/REST/2.0/ticket/{number}/correspond"

    def status(self, number):
        return self.agent("GET", f"/ticket/{number}")["Status"]

    def mails(self):
        mails = self.folder / "mail.txt"
        return mails.read_text(errors="replace") if mails.exists() else ""

    def ends(self):
        self.program.ends()
