"""The stand-in's answers held against the messages that Channex published: the same fields of the same kinds.

An answer may have more than its example, as younger examples have more than older ones; it may not have less.
"""

import json

import pytest

from tests.sandbox.samples import need_samples

#: Fields of examples whose keys are data: rate plans, room types and dates.
KEYED = {"days"}


@pytest.fixture
def sample():
    def read(name):
        return json.loads(next((need_samples() / "channex").glob(f"{name}__*.json")).read_text())

    return read


def missing(example, answer, where="$"):
    """Return what the example has and the answer has not, or has of another kind."""
    if isinstance(example, dict) and isinstance(answer, dict):
        found = [] if where.split(".")[-1] in KEYED else [f"{where}.{name}" for name in example if name not in answer]
        shared = [name for name in example if name in answer]
        return found + [gap for name in shared for gap in missing(example[name], answer[name], f"{where}.{name}")]
    if isinstance(example, list) and isinstance(answer, list):
        return [gap for one in answer[:1] for gap in missing(example[0], one, f"{where}[]")] if example else []
    plain = (str, bool, int, float, list, dict)
    kinds = [next((kind for kind in plain if isinstance(value, kind)), None) for value in (example, answer)]
    return [] if None in kinds or kinds[0] == kinds[1] else [f"{where} is {kinds[1]}, not {kinds[0]}"]


def test_the_comparison_sees_what_is_missing():
    assert missing({"a": {"b": "x", "c": 1}}, {"a": {"b": 2}}) == ["$.a.c", f"$.a.b is {int}, not {str}"]


@pytest.mark.parametrize(
    ("example", "path"),
    [
        ("hotels-collection__01", "/properties"), ("hotels-collection__03", "/properties/options"),
        ("hotels-collection__08", "/properties/{property}"), ("room-types-collection__01", "/room_types"),
        ("room-types-collection__03", "/room_types/options"), ("room-types-collection__05", "/room_types/{room}"),
        ("rate-plans-collection__01", "/rate_plans"), ("rate-plans-collection__03", "/rate_plans/options"),
        ("rate-plans-collection__05", "/rate_plans/{rate}"), ("webhook-collection__01", "/webhooks"),
        ("messages-collection__03", "/bookings/{booking}/messages"), ("messages-collection__20", "/message_threads"),
    ],
)  # fmt: skip
def test_lists_and_resources(sandbox, hotel, room, sample, example, path):
    stay = sandbox.sell("booking.com", [room()])
    sandbox.control("POST", "messages", booking_id=stay["booking_id"], text="Hello")
    hook = {"callback_url": "http://127.0.0.1:1/", "event_mask": "none", "property_id": hotel["property"]}
    sandbox.call("POST", "/webhooks", {"webhook": hook})
    named = {
        "property": hotel["property"], "room": hotel["rooms"]["Twin"], "rate": hotel["rates"]["Double/Per person"],
        "booking": stay["booking_id"],
    }  # fmt: skip
    status, answer = sandbox.call("GET", path.format(**named))
    assert (status, missing(sample(example), answer)) == (200, [])


@pytest.mark.parametrize(
    ("asked", "example", "path"),
    [
        ("room-types-collection__08", "room-types-collection__09", "/room_types"),
        ("rate-plans-collection__13", "rate-plans-collection__08", "/rate_plans"),
        ("rate-plans-collection__14", "rate-plans-collection__08", "/rate_plans"),
        ("rate-plans-collection__15", "rate-plans-collection__08", "/rate_plans"),
        ("webhook-collection__06", "webhook-collection__07", "/webhooks"),
    ],
)
def test_published_requests_are_taken(sandbox, sample, asked, example, path):
    house = sandbox.hotel([{"title": "Triple", "count": 1, "guests": 3}])
    body = sample(asked)
    for resource in body.values():
        resource.update(property_id=house["property"], room_type_id=house["rooms"]["Triple"])
    status, answer = sandbox.call("POST", path, body)
    assert (status, missing(sample(example), answer)) == (201, [])


def test_changes_and_their_warnings(sandbox, hotel, rule, count, sample, day):
    def sent(kind, value):
        return sandbox.call("POST", f"/{kind}", {"values": [value]})[1]

    assert missing(sample("ari__09"), sent("restrictions", rule(date=day(2), rate=100))) == []
    assert missing(sample("ari__20"), sent("availability", count(1, date=day(2)))) == []
    for number in ("ari__12", "ari__17"):
        example = sample(number)["meta"]["warnings"][0]
        said = example.pop("warning")
        dates = {"date_from": day(2), "date_to": day(3)} if "date" not in example else {"date": day(2)}
        answer = sent("restrictions", example | rule(**dates))
        told = answer["meta"]["warnings"][0]["warning"]
        assert {name: told.get(name) for name in said} == said
        assert answer["data"] == []


def test_ari_is_read_back(sandbox, hotel, sample, day):
    query = f"filter[property_id]={hotel['property']}&filter[date]={day(2)}"
    for name, path in (
        ("ari__04", f"/availability?{query}"),
        ("ari__01", f"/restrictions?{query}&filter[restrictions]=rate"),
    ):
        examples = sample(name).get("data", sample(name))
        example = next(iter(next(iter(examples.values())).values()))
        answer = next(iter(sandbox.call("GET", path)[1]["data"].values()))[day(2)]
        assert missing(example, answer) == []


@pytest.mark.parametrize(
    ("channel", "new", "cancelled"),
    [("booking.com", "18", "20"), ("airbnb", "21", "22"), ("expedia", "23", "24")],
)
def test_bookings_of_each_ota(sandbox, room, sample, channel, new, cancelled):
    stay = sandbox.sell(channel, [room()], notes="A quiet room")
    path = f"/bookings/{stay['booking_id']}"
    named = sample(f"bookings-collection__{new}")
    answer = sandbox.call("GET", path)[1]
    assert missing(named, answer) == []
    assert answer["data"]["attributes"]["ota_name"] == named["data"]["attributes"]["ota_name"]
    assert answer["data"]["attributes"]["unique_id"][:4] == named["data"]["attributes"]["unique_id"][:4]
    sandbox.cancel(channel, stay["reservation"], fee=7650)
    assert missing(sample(f"bookings-collection__{cancelled}"), sandbox.call("GET", path)[1]) == []


def test_revisions(sandbox, room, sample):
    stay = sandbox.sell("booking.com", [room(children=0)], arrival_hour="10:00")
    for name, path in (
        ("10", "/booking_revisions/feed"), ("08", "/booking_revisions"), ("03", "/bookings"),
        ("12", f"/booking_revisions/{stay['channex_revision_id']}"),
    ):  # fmt: skip
        assert missing(sample(f"bookings-collection__{name}"), sandbox.call("GET", path)[1]) == []
    card = sandbox.sell("booking.com", [room()], payout="virtual_card")["channex_revision_id"]
    told = sandbox.call("GET", f"/booking_revisions/{card}")[1]["data"]["attributes"]
    assert missing(sample("bookings-collection__02"), told["guarantee"]) == []


@pytest.mark.parametrize(
    ("example", "method", "path", "status"),
    [
        ("bookings-collection__14", "GET", "/booking_revisions/x", 404),
        ("bookings-collection__17", "POST", "/booking_revisions/x/ack", 404),
        ("bookings-collection__07", "GET", "/bookings/x", 404),
        ("bookings-collection__28", "POST", "/bookings/x/no_show", 404),
        ("webhook-collection__05", "GET", "/webhooks/x", 404),
        ("ari__02", "GET", "/restrictions", 400),
        ("rate-limits__01", "POST", "/availability", 429),
        ("bookings-collection__29", "POST", "/bookings/{airbnb}/no_show", 422),
        ("hotels-collection__15", "DELETE", "/properties/{property}", 422),
    ],
)
def test_errors_are_the_published_ones(sandbox, hotel, room, sample, example, method, path, status):
    if status == 429:
        sandbox.fault("rate_limit")
    stay = sandbox.sell("airbnb", [room()])
    answered = sandbox.call(
        method, path.format(property=hotel["property"], airbnb=stay["booking_id"]), {} if method == "POST" else None
    )
    assert answered == (status, sample(example))


@pytest.mark.parametrize(
    ("example", "kind", "body"),
    [
        ("hotels-collection__07", "properties", {"property": {"currency": "EUR"}}),
        ("webhook-collection__09", "webhooks", {"webhook": {"callback_url": "http://x.example", "event_mask": "*"}}),
    ],
)
def test_what_is_missing_is_named_as_published(sandbox, sample, example, kind, body):
    assert sandbox.call("POST", f"/{kind}", body) == (422, sample(example))


def test_notifications(sandbox, hotel, room, send, count, sample, endpoint, day):
    sandbox.listen(endpoint.url)
    send("availability", count(1, date=day(2)))
    stay = sandbox.sell("booking.com", [room()])
    sandbox.unmap("booking.com", hotel["rates"]["Twin/Best Available Rate"])
    sandbox.modify("booking.com", stay["reservation"], notes="A lost rate")
    sandbox.unmap("booking.com", hotel["rooms"]["Twin"])
    sandbox.modify("booking.com", stay["reservation"], notes="A lost room")
    sandbox.settle()
    first = {event["event"]: event for event in reversed(endpoint.events())}
    for number in ("18", "19", "20", "21", "22"):
        example = sample(f"webhook-collection__{number}")
        assert missing(example, first[example["event"]]) == [], example["event"]
