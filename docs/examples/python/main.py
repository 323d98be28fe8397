"""The whole integration, once through:  CREDITS_URL=http://127.0.0.1:3000 CREDITS_KEY=sk_... python3 main.py"""

import json
import sys
import uuid

from chat import answers, chat, quote
from connect import Callback, connect_address, exchange, put_app, put_user
from credits import Refused, credits
from media import make_image, speak
from refusals import notice_of, refund


def say(what, detail):
    print(what + ": " + json.dumps(detail), flush=True)


def receipt(charge):
    """What to store and log about a charge: ids and amounts, never keys, tokens or prompts."""
    return {"charge": charge["id"], **{name: charge[name] for name in ("base", "premium", "total")}}


def press():
    return str(uuid.uuid4())


# People and an app.
put_user("example-creator", "creator@example.com")
put_user("example-person", "person@example.com")
callback = Callback()
app = put_app("example-creator", "example-trips", callback.origin)

# Consent: the person opens this URL, signed in, and allows the app to spend.
address, verifier, state = connect_address(app["id"], callback.return_to)
say("open", address)
came = callback.wait()
if came.get("state") != state:
    sys.exit("this answer belongs to another request")
if "code" not in came:
    sys.exit("the person declined")
app_token = exchange(came["code"], verifier, callback.return_to)

# A chat with a tool: the price before, the text as it arrives, the receipt after.
question = [{"role": "user", "content": "What is the weather in Porto?"}]
tools = {"weather": lambda city: {"city": city, "degrees": 21}}
say("quote", quote(app_token, question, tools)["total"])
first = press()
for piece in chat(app_token, first, question, tools):
    sys.stderr.write(piece)
say("chat", {"text": answers[first]["text"], **receipt(answers[first]["charge"])})

# The same button press repeated: the same receipt, and nothing is charged twice.
list(chat(app_token, first, question, tools))
say("again", receipt(answers[first]["charge"]))

# Stopped midway: the usage so far is charged.
essay = [{"role": "user", "content": "Write about trains"}]
left = press()
pieces = chat(app_token, left, essay)
next(pieces)
pieces.close()
say("stopped", {"text": answers[left]["text"], **receipt(answers[left]["charge"])})

# A web search, an image, speech.
searched = press()
list(chat(app_token, searched, essay, search=True))
say("search", receipt(answers[searched]["charge"]))
image, image_charge = make_image(app_token, press(), "A lighthouse at dusk")
say("image", {"bytes": len(image), **receipt(image_charge)})
audio, speech_charge = speak(app_token, press(), "The train is on time.")
say("speech", {"bytes": len(audio), **receipt(speech_charge)})

# A budget that is used up: the message and the buttons to show.
credits("PUT", "/apps/" + app["id"] + "/budget", {"user": "example-person", "monthlyLimit": 1})
try:
    make_image(app_token, press(), "Another lighthouse")
except Refused as refused:
    say("refused", {"code": refused.problem["code"], **notice_of(refused.problem)})

# The image was unusable: refund it, which also reverses the reward.
say("refund", refund(image_charge["id"], "The picture was empty."))
