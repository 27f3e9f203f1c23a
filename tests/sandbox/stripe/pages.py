"""The pages that people see: the hosted checkout, the bank's question, onboarding of an account, a receipt."""

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.look import notice, page
from tests.sandbox.stripe import accounts, cards, checkout, money
from tests.sandbox.stripe.errors import Refusal
from tests.sandbox.stripe.world import World

if TYPE_CHECKING:
    from tests.sandbox.stripe.sandbox import StripeSandbox

PROVIDER = "Stripe"
FIELDS = ("email", "name", "number", "expiry", "code")
HINTS = (
    ("4242 4242 4242 4242", "succeeds"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has insufficient funds"),
    ("4000 0025 0000 3155", "asks the bank once"),
    ("4000 0027 6000 3184", "asks the bank always"),
    ("4000 0000 0000 0341", "fails when charged later"),
    ("4000 0000 0000 0259", "is disputed later"),
)


def respond(sandbox: "StripeSandbox", request: Request) -> Answer:
    """Show or take a page. Called with the state's lock held."""
    place, *parts = request.path.strip("/").split("/")[1:] if request.path.startswith("/c/") else ["receipt"]
    typed = dict(request.form_pairs()) if request.method == "POST" else {}
    identifier = parts[0] if parts else request.path.rsplit("/", 1)[-1]
    if identifier not in sandbox.state.objects:
        return Answer.page(notice("Nothing here", "This link is not known.", provider=PROVIDER), 404)
    world = sandbox.world_of(identifier)
    match place:
        case "pay":
            return _pay(world, world.get("checkout.session", identifier), request.method, typed)
        case "auth":
            return _authenticate(world, identifier, request.method, typed)
        case "onboarding":
            return _onboard(world, world.get("account", identifier), parts[1:], request.method)
        case _:
            return _receipt(world, world.get("charge", identifier))


def _merchant(world: World) -> str:
    if world.account is None:
        return "Sandbox hotel"
    return str(world.at(None).get("account", world.account)["business_profile"]["name"] or "Sandbox hotel")


def _pay(world: World, session: dict[str, Any], method: str, typed: dict[str, str]) -> Answer:
    if session["status"] != "open":
        done = session["status"] == "complete"
        sentence = "This payment was completed." if done else "This payment link is no longer good."
        onward = str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"]) if done else ""
        return Answer.page(
            notice("All done" if done else "Expired", sentence, provider=PROVIDER, link=onward), 200 if done else 410
        )
    if method != "POST":
        failed = _last_failure(world, session)
        return Answer.page(_checkout_page(world, session, {}, failed))
    try:
        today = datetime.fromtimestamp(world.now(), UTC)
        card, month, year = cards.read_card(
            typed.get("number", ""), typed.get("expiry", ""), typed.get("code", ""), year=today.year, month=today.month
        )
        address = checkout.pay(
            world, session, card, month, year, email=typed.get("email", ""), name=typed.get("name", "")
        )
    except Refusal as refusal:
        html = _checkout_page(world, session, typed, str(refusal), refusal.body.get("param"))
        return Answer.page(html, 422)
    return Answer.redirect(address or session["url"])


def _last_failure(world: World, session: dict[str, Any]) -> str:
    for name, kind, error in (
        ("payment_intent", "payment_intent", "last_payment_error"),
        ("setup_intent", "setup_intent", "last_setup_error"),
    ):
        failure = world.get(kind, session[name])[error] if session[name] else None
        if failure and failure["code"].endswith("authentication_failure"):
            return "Your bank could not confirm that it was you. Choose another card and try again."
    return ""


def _checkout_page(
    world: World, session: dict[str, Any], typed: dict[str, str], error: str = "", field: str | None = None
) -> str:
    merchant = _merchant(world)
    setup = session["mode"] == "setup"
    hidden = world.hidden(session["id"])
    customer = world.get("customer", session["customer"]) if session["customer"] else {}
    email = session["customer_email"] or customer.get("email") or typed.get("email", "")
    values = {name: escape(typed.get(name, "")) for name in FIELDS if name not in {"number", "code"}}
    values["email"] = escape(email)
    if setup:
        title, verb, lead = f"Save a card with {merchant}", "Save card", '<p class="amount">Save a card</p>'
    else:
        amount = money.shown(session["amount_total"], session["currency"])
        title, verb, lead = f"Pay {merchant}", f"Pay {amount}", f'<p class="amount">{escape(amount)}</p>'
    held = hidden["intent"].get("capture_method") == "manual"
    note = "Nothing is charged now." if setup else "The amount is held, not yet charged." if held else ""
    lines = "".join(
        f"<li><span>{escape(line['description'])}{_times(line['quantity'])}</span>"
        f"<span>{escape(money.shown(line['amount_total'], line['currency']))}</span></li>"
        for line in hidden.get("lines", [])
    )
    back = _back(session["cancel_url"])
    alert = f'<p class="error" role="alert" id="error">{escape(error)}</p>' if error else ""
    mark = {name: ' aria-invalid="true" aria-describedby="error"' if name == field else "" for name in FIELDS}
    fixed = " readonly" if session["customer_email"] or customer.get("email") else ""
    hints = "".join(f"<dt>{number}</dt><dd>{means}</dd>" for number, means in HINTS)
    options = "".join(f'<option value="{number}">{means}</option>' for number, means in HINTS)
    first = " autofocus" if error else ""
    return page(
        title,
        f"""
<div class="sheet">
<section class="summary" aria-label="What you pay for">
<h1>{escape(merchant)}</h1>{lead}
{f'<p class="soft">{note}</p>' if note else ""}{f'<ul class="lines">{lines}</ul>' if lines else ""}{back}
</section>
<section aria-labelledby="card-heading"><h2 id="card-heading">{"Your card" if setup else "Pay by card"}</h2>{alert}
<form method="post" autocomplete="off" novalidate>
<div class="field"><label for="email">E-mail</label>
<input id="email" name="email" type="email" value="{values["email"]}"{fixed}></div>
<div class="field"><label for="number">Card number</label>
<input id="number" name="number" inputmode="numeric" list="cards" placeholder="4242 4242 4242 4242" maxlength="23"
 {mark["number"]}{first}><datalist id="cards">{options}</datalist></div>
<div class="pair"><div class="field"><label for="expiry">Expiry (month/year)</label>
<input id="expiry" name="expiry" inputmode="text" placeholder="12 / 34" maxlength="9" value="{values["expiry"]}"
{mark["expiry"]}></div>
<div class="field"><label for="code">Security code</label>
<input id="code" name="code" inputmode="numeric" placeholder="123" maxlength="4"{mark["code"]}></div></div>
<div class="field"><label for="name">Name on card</label>
<input id="name" name="name" value="{values["name"]}"></div>
<button>{escape(verb)}</button></form>
<details><summary>Test cards</summary><dl>{hints}</dl></details></section></div>""",
        provider=PROVIDER,
    )


def _back(address: str | None) -> str:
    return f'<a class="back" href="{escape(address)}">Cancel</a>' if address else ""


def _times(quantity: int) -> str:
    return f" \u00d7 {quantity}" if quantity > 1 else ""


def _authenticate(world: World, identifier: str, method: str, typed: dict[str, str]) -> Answer:
    intent = world.state.objects[identifier]
    if intent["status"] != "requires_action":
        return Answer.page(notice("Nothing to confirm", "This was answered already.", provider=PROVIDER), 410)
    if method == "POST":
        onward = checkout.authenticated(world, identifier, passed=typed.get("answer") == "complete")
        if onward:
            return Answer.redirect(onward)
        return Answer.page(notice("Thank you", "You can close this window.", provider=PROVIDER))
    what = "saving your card" if identifier.startswith("seti_") else (
        f"a payment of {money.shown(intent['amount'], intent['currency'])}"
    )  # fmt: skip
    return Answer.page(
        page(
            "3-D Secure",
            f"""
<div class="sheet narrow"><section><h1>3-D Secure</h1>
<p>Your bank asks whether it is really you who wants {escape(what)} with {escape(_merchant(world))}.</p>
<form method="post"><button name="answer" value="complete">Complete</button>
<button class="second" name="answer" value="fail">Fail</button></form></section></div>""",
            provider=PROVIDER,
        )
    )


def _onboard(world: World, account: dict[str, Any], parts: list[str], method: str) -> Answer:
    link = world.hidden(account["id"]).get("links", {}).get(parts[0] if parts else "")
    if not link:
        return Answer.page(notice("Nothing here", "This link is not known.", provider=PROVIDER), 404)
    if link["until"] < world.now():
        return Answer.redirect(link["refresh_url"])
    if method == "POST":
        accounts.enable(world, account)
        world.hidden(account["id"])["links"] = {}
        return Answer.redirect(link["return_url"])
    name = account["business_profile"]["name"] or account["email"] or account["id"]
    return Answer.page(
        page(
            "Onboarding",
            f"""
<div class="sheet narrow"><section><h1>Take payments with {escape(name)}</h1>
<p class="soft">The real page asks for papers of the house and a bank account. Here one button answers for all of them.</p>
<form method="post"><button>Complete onboarding</button></form>
<a class="button second" href="{escape(link["return_url"])}">Finish later</a></section></div>""",
            provider=PROVIDER,
        )
    )


def _receipt(world: World, charge: dict[str, Any]) -> Answer:
    amount = money.shown(charge["amount_captured"], charge["currency"])
    last4 = charge["payment_method_details"]["card"]["last4"]
    return Answer.page(
        notice(f"Receipt for {amount}", f"{_merchant(world)}, card ending in {last4}.", provider=PROVIDER)
    )
