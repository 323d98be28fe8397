"""People, apps and consent."""

import base64
import hashlib
import http.server
import secrets
import urllib.parse

from credits import URL_OF_CREDITS, credits


def put_user(external_id, email):
    """Make a person known before their first use: idempotent, so call it at every sign-in. They start with 1,000 credits."""
    return credits("PUT", "/users/" + urllib.parse.quote(external_id, safe=""), {"email": email})


def put_app(creator, external_id, origin):
    """A creator's app. Consent may return only to its `origins`."""
    known = credits("GET", "/apps?" + urllib.parse.urlencode({"user": creator}))["data"]
    for app in known:
        if app["externalId"] == external_id:
            return credits("PATCH", "/apps/" + app["id"], {"origins": [origin]})
    fields = {"name": "Trip planner", "externalId": external_id, "visibility": "public", "origins": [origin]}
    return credits("POST", "/apps", {"user": creator, **fields})


def connect_address(app, return_to):
    """Where to send a person who has not consented yet. Keep verifier and state in their session until they come back."""
    verifier = secrets.token_urlsafe(32)
    state = secrets.token_urlsafe(16)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = urllib.parse.urlencode(
        {
            "app": app,
            "returnTo": return_to,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
    )
    return URL_OF_CREDITS + "/connect?" + query, verifier, state


def exchange(code, verifier, return_to):
    """The token proves that this person lets this app spend. It lasts an hour and says user and app in every later call."""
    answer = {"code": code, "codeVerifier": verifier, "returnTo": return_to}
    return credits("POST", "/connect/token", answer)["token"]


class Callback:
    """Your app's own page, as small as possible: it waits for the single answer from the connect page."""

    def __init__(self):
        came = self.came = {}

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                came.update(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"Connected. You can close this page.")

            def log_message(self, *_):
                pass  # the address has the code in it: never log it

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Page)
        self.origin = "http://127.0.0.1:%d" % self.server.server_port
        self.return_to = self.origin + "/connected"

    def wait(self):
        while not self.came:
            self.server.handle_request()
        self.server.server_close()
        return self.came
