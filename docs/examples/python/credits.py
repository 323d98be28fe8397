"""The credits API, in one function. CREDITS_KEY stays on your server; nothing a browser or an app holds may have it."""

import json
import os
import time
import urllib.error
import urllib.request

URL_OF_CREDITS = os.environ.get("CREDITS_URL", "http://127.0.0.1:3000")
KEY = os.environ.get("CREDITS_KEY", "")
TRIES = 5


class Refused(Exception):
    """`problem["code"]` says what to do about it, `problem["detail"]` can be shown to people."""

    def __init__(self, problem):
        super().__init__("{code}: {detail} (request {requestId})".format(**problem))
        self.problem = problem


UNAVAILABLE = {
    "status": 503,
    "code": "unavailable",
    "detail": "Credits cannot be checked right now.",
    "requestId": "",
}


def credits(method, path, body=None, key=None):
    """One call. A POST that moves credits takes a `key`: the same key means the same call, so it is repeated after a lost
    answer, a 503 or a 429 without ever taking effect twice."""
    headers = {"Authorization": "Bearer " + KEY}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if key is not None:
        headers["Idempotency-Key"] = key
    data = None if body is None else json.dumps(body).encode()
    for attempt in range(1, TRIES + 1):
        request = urllib.request.Request(URL_OF_CREDITS + "/api/v1" + path, data, headers, method=method)
        wait = attempt / 4
        problem = UNAVAILABLE
        try:
            with urllib.request.urlopen(request, timeout=15) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.headers.get_content_type() == "application/problem+json":
                problem = json.load(error)
            if error.code not in (429, 503):
                raise Refused(problem) from error
            wait = float(error.headers.get("Retry-After", wait))
        except (OSError, ValueError):
            pass  # no answer, or half of one: it may have taken effect, and the same key finds out
        if attempt < TRIES:
            time.sleep(min(wait, 5))
    raise Refused(problem)
