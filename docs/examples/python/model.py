"""Your model. These stand in for a provider's streaming API, so that the examples need no network: they yield what such an
API streams, pieces of text, calls of tools, and at the end of each step the usage the provider counted."""

import json


def tokens(text):
    return -(-len(text) // 4)


def stream(messages, tools=(), search=False):
    """One step. Yields ("text", piece), ("tool", name, arguments), ("source", url) and last ("usage", counts)."""
    asked = messages[-1]["content"]
    said = ""
    if search:
        yield "source", "https://news.example/trains"
    if tools and messages[-1]["role"] == "user":
        arguments = {"city": asked.rstrip("?").split()[-1]}
        said = json.dumps(arguments)
        yield "tool", tools[0], arguments
    else:
        for word in "This is what I found about it: {}".format(asked).split():
            said += word + " "
            yield "text", word + " "
    yield "usage", {"inputTokens": tokens(json.dumps(messages)), "outputTokens": tokens(said)}


def draw(prompt):
    return '<svg xmlns="http://www.w3.org/2000/svg"><title>{}</title></svg>'.format(prompt).encode()


def hum(text):
    return b"RIFF" + bytes(len(text))
