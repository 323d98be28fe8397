"""What to tell people who were refused, and giving back."""

from credits import credits


def notice_of(problem):
    """What to tell a person whose action was refused. Each option would make this very request succeed; after buying, repeat
    the action: with the same keys, since a refused request leaves nothing behind."""
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
        return {"message": "AI features are out for a moment. Everything else works.", "buttons": []}
    # A defect in the integration: log code, detail and requestId.
    return {"message": "This did not work. We have been told.", "buttons": []}


def refund(charge, reason, amount=None):
    """Gives a charge back, wholly or in part, with the reward it caused. One key for one decision."""
    body = {"reason": reason} if amount is None else {"reason": reason, "amount": amount}
    return credits("POST", "/charges/" + charge + "/refund", body, key="refund %s %s" % (charge, amount or "all"))
