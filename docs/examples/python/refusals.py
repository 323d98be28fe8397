"""Messages for refused actions, and refunds."""

from credits import credits


def notice_of(problem):
    """The message and the buttons for a person whose action was refused. Each option would make this very request succeed;
    after buying, repeat the action: with the same keys, since a refused request leaves nothing behind."""
    code = problem["code"]
    options = problem.get("options", [])
    buttons = [{"label": option["label"], "href": option["href"]} for option in options if "href" in option]
    if code in ("insufficient_credits", "budget_exceeded", "plan_required"):
        cheaper = [option["operation"] for option in options if option["kind"] == "cheaper_operation"]
        return {"message": problem["detail"], "buttons": buttons, "cheaper": cheaper[0] if cheaper else None}
    if code == "consent_required":
        return {"message": "Allow this app to spend first.", "buttons": [{"label": "Allow", "href": problem["href"]}]}
    if code == "app_paused":
        return {"message": "You have paused this app's spending.", "buttons": []}
    if code == "unavailable":
        return {"message": "AI features are unavailable for a moment. Everything else works.", "buttons": []}
    # A defect in the integration: log code, detail and requestId.
    return {"message": "This did not work. We have been notified.", "buttons": []}


def refund(charge, reason, amount=None):
    """Refunds a charge, in whole or in part, with the reward it caused. Use one key per decision."""
    body = {"reason": reason} if amount is None else {"reason": reason, "amount": amount}
    return credits("POST", "/charges/" + charge + "/refund", body, key="refund %s %s" % (charge, amount or "all"))
