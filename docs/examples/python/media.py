"""Images and speech, metered."""

import model
from credits import credits


def metered(app_token, action, operation, usage, work):
    """Work that either succeeds or fails as a whole: reserve its price, do it, charge it; if it fails, free the credits."""
    use = {"appToken": app_token, "operation": operation, "usage": usage, "reference": action}
    hold = "/holds/" + credits("POST", "/holds", use, key=action + " hold")["id"]
    try:
        made = work()
    except Exception:
        credits("POST", hold + "/release", {}, key=action + " release")
        raise
    return made, credits("POST", hold + "/capture", {"usage": usage}, key=action + " capture")


def make_image(app_token, action, prompt):
    usage = {"images": 1, "inputTokens": model.tokens(prompt)}
    return metered(app_token, action, "image.standard", usage, lambda: model.draw(prompt))


def speak(app_token, action, text):
    return metered(app_token, action, "speech.tts", {"characters": len(text)}, lambda: model.hum(text))
