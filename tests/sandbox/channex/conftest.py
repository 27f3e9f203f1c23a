"""A hotel at Channex with two room types, connected to all three OTAs and open for thirty days."""

from datetime import UTC, datetime, timedelta

import pytest


@pytest.fixture
def sandbox(channex_sandbox):
    return channex_sandbox


@pytest.fixture
def hotel(sandbox):
    rates = [{"title": "Best Available Rate", "rate": 10000}, {"title": "Bed & Breakfast", "rate": 12000}]
    persons = [{"title": "Per person", "rate": 9000, "occupancies": [1, 2]}]
    return sandbox.hotel(
        [
            {"title": "Twin", "count": 2, "rates": rates}, {"title": "Double", "count": 3, "rates": rates + persons},
        ],
        channels=["booking.com", "airbnb", "expedia"], open_days=30,
    )  # fmt: skip


@pytest.fixture
def day():
    """Dates counted from today at the hotel, which lies at UTC."""
    today = datetime.now(UTC).date()
    return lambda number: (today + timedelta(days=number)).isoformat()


@pytest.fixture
def room(hotel, day):
    """A room that a guest asks for: two nights from the third day on."""

    def wanted(rate="Twin/Best Available Rate", first=3, nights=2, **more):
        plan = hotel["rates"].get(rate, rate)
        return {"rate_plan_id": plan, "arrival": day(first), "departure": day(first + nights), **more}

    return wanted


@pytest.fixture
def rule(hotel):
    """A change object for a rate plan."""

    def change(plan="Twin/Best Available Rate", /, **told):
        return {"property_id": hotel["property"], "rate_plan_id": hotel["rates"][plan], **told}

    return change


@pytest.fixture
def count(hotel):
    """A change object for a room type."""

    def change(availability, room="Twin", **told):
        return {
            "property_id": hotel["property"], "room_type_id": hotel["rooms"][room], "availability": availability,
            **told,
        }  # fmt: skip

    return change


@pytest.fixture
def send(sandbox):
    """Send change objects and return the tasks and the warnings."""

    def sent(kind, *values):
        status, answer = sandbox.call("POST", f"/{kind}", {"values": list(values)})
        assert status == 200, answer
        return answer["data"], [warning["warning"] for warning in answer["meta"]["warnings"]]

    return sent
