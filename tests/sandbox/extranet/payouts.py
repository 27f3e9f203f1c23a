"""Who takes the guest's money, and what the hotel gets. Minor units; dates are the hotel's.

property: the guest pays at the hotel and leaves a card as a guarantee; the OTA bills its commission.
collect: the OTA takes the money and transfers it without its commission.
virtual_card: the OTA takes the money and gives the hotel a card, open from arrival on; the card holds the whole amount
(the commission is billed), or the amount without it with virtual_card_net.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

MODELS = ("property", "collect", "virtual_card", "virtual_card_net")
#: Numbers that every card network keeps for tests.
GUEST_CARD, VIRTUAL_CARD = "4111111111111111", "5555555555554444"


def known(model: str) -> str:
    if model not in MODELS:
        raise ValueError(f"A payout is one of {', '.join(MODELS)}, not {model}.")
    return model


def worked_out(stay: Mapping[str, Any], channel: str) -> dict[str, Any]:
    """Return {model, amount, card}: what the hotel receives through the OTA, and the card that comes with the stay."""
    model, charged, net = stay["payout_model"], stay["charged"], stay["charged"] - stay["commission"]
    arrival = date.fromisoformat(stay["arrival"])
    expiry = date(arrival.year + 2, arrival.month, 1)
    if model == "collect":
        return {"model": model, "amount": net, "card": None}
    if model == "property":
        holder = f"{stay['booker']['name']} {stay['booker']['surname']}".upper()
        card: dict[str, Any] = {
            "number": GUEST_CARD,
            "code": "123",
            "brand": "VI",
            "holder": holder,
            "expiry": f"{expiry:%m/%Y}",
        }
        return {"model": model, "amount": 0, "card": card | {"virtual": False}}
    amount = net if model == "virtual_card_net" else charged
    card = {
        "number": VIRTUAL_CARD, "code": "321", "brand": "MC", "holder": f"{channel} Agent",
        "expiry": f"{expiry:%m/%Y}", "virtual": True, "balance": amount, "active_on": arrival.isoformat(),
        "expires_on": (expiry - timedelta(days=1)).isoformat(),
    }  # fmt: skip
    return {"model": model, "amount": amount, "card": card}
