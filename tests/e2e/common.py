"""What every play shares: programs that are started and killed, Heard, the stand-in for GitHub, and an engineer.

Nothing but Python's own library is used, and nothing but loopback is spoken to.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADMIN = "admin-token-of-the-plays-on-loopback"
ENGINEER = "token-of-the-engineer"
GITHUB_SECRET = "webhook-secret-of-the-stand-in"
REPOSITORY = "acme/product"
PATIENCE_S = 180


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def until(what, found):
    """Waits until there is something, and gives it."""
    begun = time.monotonic()
    while True:
        value = found()
        if value:
            say(what)
            return value
        if time.monotonic() - begun > PATIENCE_S:
            raise AssertionError(f"It never came true that {what}.")
        time.sleep(0.3)


def call(method, url, body=None, headers=None, raw=False):
    """Asks, and gives status, headers and answer. A refused connection is status 0."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    if data is not None and not request.has_header("Content-type"):
        request.add_header("content-type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, given, text = answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        status, given, text = error.code, dict(error.headers), error.read().decode()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return 0, {}, None
    if raw:
        return status, given, text
    try:
        return status, given, json.loads(text) if text else None
    except json.JSONDecodeError:
        return status, given, text


class Program:
    """A program that runs until it is stopped or killed."""

    def __init__(self, name, arguments, folder, environment=None):
        self.name, self.arguments, self.folder = name, [str(one) for one in arguments], folder
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    def starts(self):
        with open(self.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                self.arguments, cwd=self.folder, env=self.environment, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True)

    def ends(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, how)
            self.process.wait(60)
        self.process = None


class Github:
    """The stand-in of tests/standin: a GitHub with a memory."""

    def __init__(self, folder, webhook_url):
        port = free_port()
        self.home = f"http://127.0.0.1:{port}/repos/{REPOSITORY}"
        self.url = f"http://127.0.0.1:{port}"
        self.key = (ROOT / "tests/it/github/app.pem").read_text()
        owner, name = REPOSITORY.split("/")
        app = {
            "app_id": 12345, "slug": "heard", "name": "Heard", "private_key": self.key, "webhook_url": webhook_url,
            "webhook_secret": GITHUB_SECRET,
            "permissions": {"contents": "read", "deployments": "read", "issues": "write", "metadata": "read", "pull_requests": "read"},
            "events": [
                "create", "delete", "deployment_status", "issues", "issue_comment", "label", "milestone", "pull_request", "push",
                "release", "repository",
            ],
            "installations": [{"installation_id": 100, "account": owner, "repository_selection": "all"}],
        }
        seed = {
            "tokens": {ENGINEER: {"login": "robin", "scopes": ["repo", "admin:repo_hook"]}},
            "github": {
                "users": [{"login": "robin", "name": "Robin Engineer", "email": "robin@acme.test"}],
                "orgs": [{"login": owner, "name": "Acme", "members": [{"login": "robin", "role": "admin"}]}],
                "repos": [{"owner": owner, "name": name, "private": True, "auto_init": True}],
                "apps": [app],
            },
        }
        (folder / "github.json").write_text(json.dumps(seed))
        program = ROOT / "target/standin/node_modules/emulate/dist/index.js"
        self.program = Program("github", ["node", program, "start", "--service", "github", "--port", port,
                                          "--seed", folder / "github.json"], folder)
        self.program.starts()
        until("GitHub's stand-in answers", lambda: self._call("GET", "")[0] == 200)

    def _call(self, method, path, body=None):
        return call(method, self.home + path, body, {"authorization": f"Bearer {ENGINEER}"})

    def does(self, method, path, body=None):
        status, _, answer = self._call(method, path, body)
        assert 200 <= status < 300, f"{method} {path} answered {status}: {answer}"
        return answer

    def releases_a_fix_of(self, issue, tag):
        """Branch, commit, pull request that fixes the issue, merge, close, tag, release."""
        head = self.does("GET", "/git/ref/heads/main")["object"]["sha"]
        tree = self.does("GET", f"/git/commits/{head}")["tree"]["sha"]
        branch = f"fix-{issue}"
        self.does("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": head})
        file = {"path": f"src/{branch}.rs", "mode": "100644", "type": "blob", "content": branch}
        tree = self.does("POST", "/git/trees", {"base_tree": tree, "tree": [file]})["sha"]
        commit = self.does("POST", "/git/commits", {"message": "Mend it", "tree": tree, "parents": [head]})["sha"]
        self.does("PATCH", f"/git/refs/heads/{branch}", {"sha": commit})
        pull = {"title": "Mend it", "body": f"Fixes #{issue}", "head": branch, "base": "main"}
        number = self.does("POST", "/pulls", pull)["number"]
        merged = self.does("PUT", f"/pulls/{number}/merge", {"merge_method": "squash"})["sha"]
        self.does("PATCH", f"/issues/{issue}", {"state": "closed", "state_reason": "completed"})
        self.does("POST", "/git/refs", {"ref": f"refs/tags/{tag}", "sha": merged})
        self.does("POST", "/releases", {"tag_name": tag, "name": tag, "target_commitish": "main"})
        say(f"issue {issue} is fixed and released as {tag}")


class Heard:
    """Heard as operators run it, on a folder of its own."""

    def __init__(self, folder, program, port):
        self.folder, self.binary, self.url = folder, program, f"http://127.0.0.1:{port}"
        self.port = port
        self.program = None

    def set_up(self, github, connection, environment):
        settings = f"""
listen = "127.0.0.1:{self.port}"
public_url = "{self.url}"
database = "sqlite:heard.db"
admin_token = "{ADMIN}"
[github]
api_url = "{github.url}"
app_id = 12345
webhook_secret = "{GITHUB_SECRET}"
private_key = \"\"\"
{github.key}\"\"\"
sweep_minutes = 1
[[repositories]]
name = "{REPOSITORY}"
default = true
hold_minutes = 0
[grouping]
model = "none"
[tell]
team = "Acme support"
hold_minutes = 0
"""
        (self.folder / "heard.toml").write_text(settings + connection)
        self.program = Program("heard", [self.binary, "serve", "--config", "heard.toml"], self.folder, environment)

    def command(self, *arguments):
        run = subprocess.run([self.binary, *arguments, "--config", "heard.toml"], cwd=self.folder,
                             env=self.program.environment, capture_output=True, text=True, check=False)
        return run.returncode, run.stdout + run.stderr

    def starts(self):
        def is_ready():
            if not self.is_running():
                self.program.starts()    # for the first time, or killed again before it was ready
            return call("GET", f"{self.url}/readyz")[0] == 200
        until("Heard takes requests", is_ready)

    def is_running(self):
        return self.program.process is not None and self.program.process.poll() is None

    def is_killed(self):
        """From within a call of its own, so it is only known to be dead by `is_running`."""
        if not self.is_running():
            return
        os.killpg(self.program.process.pid, signal.SIGKILL)
        self.program.process.wait(60)
        say("Heard is killed with -9")

    def get(self, path):
        status, _, answer = call("GET", self.url + path, None, {"authorization": f"Bearer {ADMIN}"})
        assert status == 200, f"GET {path} answered {status}: {answer}"
        return answer

    def does(self, path, body=None):
        status, _, answer = call("POST", self.url + path, body or {}, {"authorization": f"Bearer {ADMIN}"})
        assert 200 <= status < 300, f"POST {path} answered {status}: {answer}"
        return answer

    def ticket(self, connection, number):
        found = self.get(f"/api/v1/tickets?connection={connection}&external_id={number}")["tickets"]
        return found[0] if found else None

    def topic_of(self, connection, number):
        def grouped():
            ticket = self.ticket(connection, number)
            return ticket and ticket["topic"]
        return until(f"ticket {number} has a topic", grouped)

    def issue_of(self, topic):
        found = until("the topic has its issue",
                      lambda: (self.get(f"/api/v1/topics/{topic}")["issue"] or {}).get("number"))
        return found

    def updates(self, milestone="shipped"):
        return [one for one in self.get("/api/v1/updates?limit=200")["updates"] if one["milestone"] == milestone]
