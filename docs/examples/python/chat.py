"""A streaming chat with tools, metered."""

import hashlib
import json

import model
from credits import Refused, credits

MAX_OUTPUT_TOKENS = 800
MAX_STEPS = 4


def most(messages, tools, search):
    """The most one turn can use, which is reserved. Reserving a little too much costs nothing: the capture frees the rest."""
    steps = MAX_STEPS if tools else 1
    input_tokens = len(json.dumps(messages)) // 3 + 500
    return {"inputTokens": input_tokens * steps, "outputTokens": MAX_OUTPUT_TOKENS * steps, "webSearch": search}


def quote(app_token, messages, tools=None, search=False):
    """The price to show beside the button before it is pressed."""
    usage = most(messages, tools, search)
    return credits("POST", "/quotes", {"appToken": app_token, "operation": "ai.standard", "usage": usage})


answers = {}  # stands for your database: what an action has answered


def chat(app_token, action, messages, tools=None, search=False):
    """Reserve, work, charge what the provider reports. Yields the pieces of the text; afterwards `answers[action]` has all of
    it and the receipt. Closing it (`close()`, as web servers do when a person leaves) charges what was used until then."""
    if action in answers:
        yield answers[action]["text"]
        return
    asked = json.dumps([messages, search], sort_keys=True)
    hold = credits(
        "POST",
        "/holds",
        {
            "appToken": app_token,
            "operation": "ai.standard",
            "usage": most(messages, tools, search),
            "limit": 100,  # never more than this, whatever happens
            "reference": action,
            "fingerprint": hashlib.sha256(asked.encode()).hexdigest(),
        },
        key=action + " hold",
    )
    turn = Turn(messages, tools or {}, search)
    try:
        yield from turn.run()
    finally:
        # Even after a failure midway, or if the person has left, actual usage is charged.
        usage = turn.usage()
        if usage["outputTokens"] == 0:
            # There was no output: free the reserved credits. If this fails too, the hold expires on its own.
            credits("POST", "/holds/" + hold["id"] + "/release", {}, key=action + " release")
        else:
            answers[action] = {"text": turn.text, "charge": capture(hold, usage, action)}


class Turn:
    """The model with its tools. Usage is the sum of all steps, as the provider counts them."""

    def __init__(self, messages, tools, search):
        self.messages = list(messages)
        self.tools = tools
        self.search = search
        self.counted = {"inputTokens": 0, "outputTokens": 0, "webSearch": False}
        self.text = ""
        self.uncounted = ""

    def run(self):
        for _ in range(MAX_STEPS):
            called = False
            for kind, value, *rest in model.stream(self.messages, tuple(self.tools), self.search):
                if kind == "text":
                    self.text += value
                    self.uncounted += value
                    yield value
                elif kind == "source":
                    self.counted["webSearch"] = True
                elif kind == "tool":
                    called = True
                    self.messages.append({"role": "tool", "content": json.dumps(self.tools[value](**rest[0]))})
                elif kind == "usage":
                    self.counted["inputTokens"] += value["inputTokens"]
                    self.counted["outputTokens"] += value["outputTokens"]
                    self.uncounted = ""
            if not called:
                return

    def usage(self):
        usage = dict(self.counted)
        if self.uncounted:
            # The provider never counted a step that was cut off; a token is about four characters.
            usage["inputTokens"] += model.tokens(json.dumps(self.messages))
            usage["outputTokens"] += model.tokens(self.uncounted)
        return usage


def capture(hold, usage, action):
    """Charges once. If your server died after charging and the action ran again, the first charge stands."""
    try:
        return credits("POST", "/holds/" + hold["id"] + "/capture", {"usage": usage}, key=action + " capture")
    except Refused as refused:
        if "existing" not in refused.problem:
            raise
        return credits("GET", "/charges/" + refused.problem["existing"])
