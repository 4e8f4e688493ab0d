"""Stands between Heard and a helpdesk, and may kill Heard in the middle of a call."""

import http.server
import threading
import urllib.error
import urllib.request


class Proxy:
    """Forwards every request. `interrupts` is asked of each write and says `lost` (it does not arrive), `unanswered` (it
    does, and Heard does not hear of it), `after` (the same, and Heard is killed) or nothing; `answered` hears of each that was
    answered."""

    def __init__(self, target, port):
        self.target, self.interrupts, self.answered, self.kill = target, lambda *_: None, lambda *_: None, lambda: None
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forwarded(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length) if length else None
                when = proxy.interrupts(self.path, (body or b"").decode()) if self.command == "POST" else None
                if when == "lost":
                    self.close_connection = True
                    return
                kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
                request = urllib.request.Request(proxy.target + self.path, data=body, method=self.command, headers=kept)
                try:
                    answer = urllib.request.urlopen(request, timeout=60)
                except urllib.error.HTTPError as error:
                    answer = error
                except urllib.error.URLError:
                    self.send_error(502)
                    return
                text = answer.read()
                if when in ("after", "unanswered"):
                    if when == "after":
                        proxy.kill()
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                try:
                    self.end_headers()
                    self.wfile.write(text)
                    proxy.answered(self.path, (body or b"").decode())
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True    # Heard was killed while it waited

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forwarded

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
