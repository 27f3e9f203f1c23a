"""The hosted checkout of Razorpay: the hotel's page sends the guest here with a form, the guest's browser brings back
the payment's and order's identifiers with a signature, as a form as well.
"""

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.look import notice, page

if TYPE_CHECKING:
    from tests.sandbox.razorpay.sandbox import RazorpaySandbox

PROVIDER = "Razorpay"
GOOD = {"4111111111111111": "", "5267318187975449": "", "4242424242424242": ""}
DECLINED = {"4000000000000002": "Your payment was declined by the bank. Try another card."}
PASSED_ON = ("key_id", "order_id", "callback_url", "cancel_url", "name")


def respond(sandbox: "RazorpaySandbox", request: Request) -> Answer:
    """Show the checkout of an order, or take the card typed on it. Called with the state's lock held."""
    from tests.sandbox.razorpay.sandbox import KEY

    typed = dict(request.form_pairs()) if request.method == "POST" else dict(request.query_pairs())
    order = sandbox.state.objects.get(typed.get("order_id", ""))
    addresses = [typed[name] for name in ("callback_url", "cancel_url") if typed.get(name)]
    good = typed.get("key_id") == KEY and typed.get("callback_url")
    if order is None or order["entity"] != "order" or not good or not all(map(_is_web, addresses)):
        return Answer.page(notice("Nothing here", "This link is not known.", provider=PROVIDER), 404)
    if order["status"] == "paid":
        return Answer.page(notice("All done", "This order has been paid.", provider=PROVIDER))
    if "number" not in typed:
        return Answer.page(_form(order, typed))
    number = "".join(typed["number"].split())
    if number not in GOOD | DECLINED:
        return Answer.page(_form(order, typed, "This is no test card. Never use a real card here."), 422)
    payment = sandbox.pay(order, number[-4:], typed.get("email") or None, DECLINED.get(number, ""))
    if payment["status"] == "failed":
        return Answer.page(_form(order, typed, payment["error_description"]), 422)
    return Answer.page(_return(payment, typed["callback_url"]))


def _is_web(address: str) -> bool:
    return urlsplit(address).scheme in {"http", "https"}


def _shown(order: dict[str, Any]) -> str:
    whole, rest = divmod(order["amount_due"], 100)
    return f"{order['currency']} {whole:,}.{rest:02}"


def _hidden(values: dict[str, str]) -> str:
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items())


def _form(order: dict[str, Any], typed: dict[str, str], error: str = "") -> str:
    merchant = escape(typed.get("name") or "Sandbox hotel")
    alert = f'<p class="error" role="alert" id="error">{escape(error)}</p>' if error else ""
    mark = ' aria-invalid="true" aria-describedby="error" autofocus' if error else ""
    back = f'<a class="back" href="{escape(typed["cancel_url"])}">Cancel</a>' if typed.get("cancel_url") else ""
    kept = _hidden({name: typed[name] for name in PASSED_ON if name in typed})
    return page(
        f"Pay {merchant}",
        f"""
<div class="sheet"><section class="summary" aria-label="What you pay for"><h1>{merchant}</h1>
<p class="amount">{escape(_shown(order))}</p><p class="soft">{escape(order["receipt"] or order["id"])}</p>{back}</section>
<section aria-labelledby="heading"><h2 id="heading">Pay by card</h2>{alert}
<form method="post" action="embedded" autocomplete="off" novalidate>{kept}
<div class="field"><label for="email">E-mail</label><input id="email" name="email" type="email"></div>
<div class="field"><label for="number">Card number</label><input id="number" name="number" inputmode="numeric"
 placeholder="4111 1111 1111 1111"{mark}></div><button>Pay {escape(_shown(order))}</button></form>
<details><summary>Test cards</summary><dl><dt>4111 1111 1111 1111</dt><dd>succeeds</dd>
<dt>4000 0000 0000 0002</dt><dd>is declined</dd></dl></details></section></div>""",
        provider=PROVIDER,
    )


def _return(payment: dict[str, Any], callback: str) -> str:
    from tests.sandbox.razorpay.sandbox import SECRET, signature

    order, identifier = payment["order_id"], payment["id"]
    signed = signature(SECRET, f"{order}|{identifier}".encode())
    values = {"razorpay_payment_id": identifier, "razorpay_order_id": order, "razorpay_signature": signed}
    return page(
        "Payment made",
        f"""
<div class="sheet narrow"><section><h1>Payment made</h1><p class="soft">The real page goes on by itself.</p>
<form method="post" action="{escape(callback)}">{_hidden(values)}<button>Continue</button></form>
</section></div>""",
        provider=PROVIDER,
    )
