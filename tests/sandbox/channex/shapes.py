"""A stay of an OTA as a booking message of Channex: the same frame, and each OTA's own filling.

Booking.com's amount is what the guest pays, and the fee alone once it is cancelled. Airbnb's is the host's payout.
Expedia names a guest without an address, and keeps the amount of a cancelled stay.
"""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from tests.sandbox.channex import otas
from tests.sandbox.extranet.money import digits, shown

Stay = Mapping[str, Any]
Channel = Mapping[str, Any]
COLLECTED = {
    "property": ("property", "credit_card"), "collect": ("ota", "bank_transfer"),
    "virtual_card": ("ota", "credit_card"), "virtual_card_net": ("ota", "credit_card"),
}  # fmt: skip


def message(stay: Stay, channel: Channel) -> dict[str, Any]:
    """Return the attributes that a booking and its revision have in common, without identifiers and instants."""
    slug, currency = channel["slug"], stay["currency"]
    fill = {"booking.com": _booking, "airbnb": _airbnb, "expedia": _expedia}[slug]
    collect, kind = COLLECTED[stay["payout_model"]] if channel["payment_known"] else (None, None)
    everybody = {
        name: sum(room[name] for room in stay["rooms"]) for name in ("adults", "children", "infants")
    }  # fmt: skip
    common = {
        "property_id": channel["property_id"], "channel_id": channel["id"],
        "unique_id": f"{otas.PREFIX[slug]}-{stay['reservation']}", "ota_reservation_code": stay["reservation"],
        "ota_name": otas.NAME[slug], "status": stay["status"], "arrival_date": stay["arrival"],
        "departure_date": stay["departure"], "arrival_hour": stay["arrival_hour"] or None, "currency": currency,
        "occupancy": everybody, "payment_collect": collect, "payment_type": kind, "services": [],
        "guarantee": _guarantee(stay), "notes": stay["notes"] or None,
        "ota_commission": shown(stay["commission"], currency), "amount": shown(stay["total"], currency), "meta": None,
    }  # fmt: skip
    told = common | fill(stay, channel)
    if stay["status"] == "cancelled" and channel["cancelled_rooms"] != "kept":
        told["rooms"] = (
            [] if channel["cancelled_rooms"] == "none" else [_emptied(one, currency) for one in told["rooms"]]
        )
    return told


def _emptied(room: dict[str, Any], currency: str) -> dict[str, Any]:
    """Return a room of a cancelled message without its prices, as some OTAs send it."""
    nothing = shown(0, currency)
    return room | {"amount": nothing, "days": dict.fromkeys(room["days"], nothing), "taxes": []}


def _guarantee(stay: Stay) -> dict[str, Any] | None:
    card = stay["payout"]["card"]
    if card is None:
        return None
    seen = {
        "card_number": f"{card['number'][:6]}******{card['number'][-4:]}", "card_type": card["brand"],
        "cardholder_name": card["holder"], "cvv": "***", "expiration_date": card["expiry"],
        "is_virtual": card["virtual"],
    }  # fmt: skip
    if not card["virtual"]:
        return seen
    meta = {
        "virtual_card_currency_code": stay["currency"], "virtual_card_current_balance": str(card["balance"]),
        "virtual_card_decimal_places": str(digits(stay["currency"])),
        "virtual_card_effective_date": card["active_on"], "virtual_card_expiration_date": card["expires_on"],
    }  # fmt: skip
    return seen | {"meta": meta}


def _room(stay: Stay, room: Mapping[str, Any], channel: Channel, nights: Mapping[str, int]) -> dict[str, Any]:
    """Return what every OTA's room has. Its booking_room_id is another one in each revision, as in the examples."""
    currency = stay["currency"]
    occupancy = {"adults": room["adults"], "children": room["children"], "infants": room["infants"]}
    if room["children"]:
        occupancy["ages"] = room["ages"]
    return {
        "booking_room_id": str(uuid.uuid4()), "checkin_date": room["arrival"], "checkout_date": room["departure"],
        "room_type_id": channel["rooms"].get(room["room"]),
        "rate_plan_id": channel["rates"].get(f"{room['room']}/{room['rate']}") if room["room"] in channel["rooms"] else None,
        "occupancy": occupancy, "days": {day: shown(amount, currency) for day, amount in nights.items()},
        "amount": shown(sum(nights.values()), currency), "guests": None, "meta": None, "services": [], "taxes": [],
        "ota_unique_id": None,
    }  # fmt: skip


# Booking.com


def _booking(stay: Stay, channel: Channel) -> dict[str, Any]:
    booker, currency = stay["booker"], stay["currency"]
    customer = {
        name: booker[name] or None for name in ("address", "city", "country", "language", "mail", "phone", "zip")
    }
    customer |= {"name": booker["name"], "surname": booker["surname"], "company": None, "meta": {"is_genius": False}}
    fee = stay["cancellation_fee"]
    charge = {
        "name": "Cancellation Fee", "type": "Cancellation Fee", "nights": 0, "persons": 0, "price_mode": "Per stay",
        "price_per_unit": shown(fee, currency), "total_price": shown(fee, currency), "service_rph": None,
    }  # fmt: skip
    return {
        "customer": customer, "amount": shown(stay["charged"], currency), "services": [charge] if fee else [],
        "rooms": [_booking_room(stay, room, channel, index) for index, room in enumerate(stay["rooms"])],
    }  # fmt: skip


def _booking_room(stay: Stay, room: Mapping[str, Any], channel: Channel, index: int) -> dict[str, Any]:
    seen, currency = _room(stay, room, channel, room["nights"]), stay["currency"]
    first_night = shown(next(iter(room["nights"].values())), currency)
    free_until = date.fromisoformat(room["arrival"]) - timedelta(days=1)
    penalties = [("0.00", f"{free_until - timedelta(days=30)}T00:00:00"), (first_night, f"{free_until}T00:00:00")]
    name, surname = room["name"] or stay["booker"]["name"], room["surname"] or stay["booker"]["surname"]
    code = int(room["rate"]) if room["rate"].isdecimal() else room["rate"]
    meta = {
        "additional_details": [], "booking_com_room_index": 875 + index,
        "cancel_penalties": [{"amount": amount, "currency": currency, "from": since} for amount, since in penalties],
        "days_breakdown": [
            {"amount": amount, "date": day, "promotion": None, "rate_code": code, "rate_plan": seen["rate_plan_id"]}
            for day, amount in seen["days"].items()
        ],
        "meal_plan": "No meals.", "policies": "Free until one day before arrival, then the first night.",
        "promotion": [], "rate_plan_code": code, "room_remarks": [], "room_type_code": room["room"],
        "smoking_preferences": None,
    }  # fmt: skip
    taxes = [_tax(tax, room, currency) for tax in channel["taxes"]]
    more = {"guests": [{"name": name, "surname": surname}], "meta": meta, "ota_unique_id": room["id"], "taxes": taxes}
    return seen | more


def _tax(tax: Mapping[str, Any], room: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Return a tax of a room: a share that lies in its price, or an amount per adult and night that may come on top."""
    nights, persons = len(room["nights"]), room["adults"]
    if "basis_points" in tax:
        unit = total = room["total"] * tax["basis_points"] // (10_000 + tax["basis_points"])
        mode = "Per booking"
    else:
        unit, mode = tax["per_person_night"], "Per person per night"
        total = unit * nights * persons
    return {
        "is_inclusive": tax["is_inclusive"], "name": tax["name"], "type": tax["type"], "nights": nights,
        "persons": persons, "price_mode": mode, "price_per_unit": shown(unit, currency),
        "total_price": shown(total, currency),
    }  # fmt: skip


# Airbnb


def _airbnb(stay: Stay, channel: Channel) -> dict[str, Any]:
    booker, currency = stay["booker"], stay["currency"]
    net = stay["total"] - _host_fee(stay)
    rooms = [_room(stay, room, channel, nights) for room, nights in zip(stay["rooms"], _shares(stay, net), strict=True)]
    for room in rooms:
        del room["ota_unique_id"]
    customer = dict.fromkeys(("address", "city", "country", "zip"))
    customer |= {name: booker[name] for name in ("mail", "name", "phone", "surname")}
    lines = {
        "Listing Base Price": stay["total"], "Total Paid Amount": 0, "Listing Cancellation Payout": net,
        "Listing Cancellation Host Fee": stay["total"] - net, "Occupancy Tax Amount Paid To Host": 0,
    }  # fmt: skip
    notes = "".join(f"{name}: {shown(amount, currency)}\n" for name, amount in lines.items())
    return {
        "customer": customer, "amount": shown(net, currency), "rooms": rooms, "guarantee": None,
        "ota_commission": shown(stay["total"] - net, currency),
        "notes": f"{stay['notes']}\n{notes}" if stay["notes"] else notes,
    }  # fmt: skip


def _host_fee(stay: Stay) -> int:
    """Return what Airbnb keeps of the whole stay; a cancelled message carries the amounts of before."""
    return int(stay.get("full_commission", stay["commission"]))


def _shares(stay: Stay, net: int) -> list[dict[str, int]]:
    """Divide the payout over the nights as the prices are, the last night taking the rest."""
    nights = [
        (index, day, amount) for index, room in enumerate(stay["rooms"]) for day, amount in room["nights"].items()
    ]
    found: list[dict[str, int]] = [{} for _ in stay["rooms"]]
    left = net
    for index, day, amount in nights[:-1]:
        found[index][day] = amount * net // stay["total"] if stay["total"] else 0
        left -= found[index][day]
    index, day, _ = nights[-1]
    found[index][day] = left
    return found


# Expedia


def _expedia(stay: Stay, channel: Channel) -> dict[str, Any]:
    rooms = []
    for room in stay["rooms"]:
        seen = _room(stay, room, channel, room["nights"])
        del seen["ota_unique_id"]
        seen["meta"] = {
            "bed_preferences": "1 Double Bed", "cancel_penalties": [], "days_breakdown": [],
            "free_text": stay["notes"], "payment_instruction": f"Expedia: {stay['payout_model']}.",
            "smoking_preferences": "Non-Smoking",
        }  # fmt: skip
        rooms.append(seen)
    customer = {name: stay["booker"][name] for name in ("name", "surname")}
    return {"customer": customer, "rooms": rooms, "ota_commission": None}
