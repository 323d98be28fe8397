"""A server that receives events: it verifies each delivery, and handles each event once. Started by `npm test`."""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["WEBHOOK_SECRET"]
TOLERANCE_SECONDS = 300


def is_genuine(headers, body):
    """Checks a delivery according to Standard Webhooks. The package `standardwebhooks` does the same."""
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "0")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(SECRET.replace("whsec_", ""))
    signed = id.encode() + b"." + timestamp.encode() + b"." + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # After a rotation there are two signatures; yours is one of them.
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), expected.encode()) for one in given)


# In your database: a row for each id, written in the transaction that acts on the event.
seen = set()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        # The signature covers these bytes, so verify before you parse.
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        if not is_genuine(self.headers, body):
            self.answer(401)
            return
        event = json.loads(body)
        if event["id"] not in seen:
            seen.add(event["id"])
            if event["type"] == "balance.exhausted":
                say("paused", event["user"])
            else:
                say("received", event["type"])
        # Any 2xx answer completes the delivery; run long work in a job of your own.
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


def say(what, detail):
    print(what + ": " + json.dumps(detail), flush=True)


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver)
    say("ready", True)
    server.serve_forever()
