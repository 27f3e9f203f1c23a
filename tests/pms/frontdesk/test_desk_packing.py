"""Finding rooms for stays that have none."""

import pytest

from tests.pms.frontdesk.desk_cast import TODAY, book, day


@pytest.fixture
def desk(client_for, felix, property_a, in_tenant):
    return client_for(felix, in_tenant)


def rooms(row):
    return [night.unit.number if night.unit else "" for night in row.nights.filter(released_at=None)]


def fragmented(house):
    """T12: two of three rooms are free on each night, but none for both: moving one guest makes room."""
    book(house, last_name="Aalto", unit="101", arrival=1, nights=1)
    book(house, last_name="Berg", unit="102", arrival=2, nights=1)
    book(house, last_name="Costa", unit="103", arrival=1, nights=2)
    return book(house, last_name="Duarte", arrival=1, nights=2)


def test_packing_shows_its_moves_and_makes_them_on_the_yes(desk, property_a):
    """T12: a free type is not one free room; the way to one is shown before anybody is moved."""
    row = fragmented(property_a)
    assert row.unassigned_reason
    moves = desk.get("/desk/unassigned/pack/").context["moves"]
    assert row.code in {move.reservation_code for move in moves}
    row.refresh_from_db()
    assert rooms(row) == ["", ""]
    answer = desk.post("/desk/unassigned/pack/", {"first": TODAY, "until": day(14)})
    assert (answer.status_code, answer["Location"]) == (303, "/desk/unassigned/")
    assert len(set(rooms(row))) == 1
    assert rooms(row)[0] != ""


@pytest.mark.parametrize(("first", "until"), [(-1, 5), (3, 3), (0, 90), (5, 2)])
def test_packing_of_days_that_make_no_sense(desk, property_a, first, until):
    assert desk.get("/desk/unassigned/pack/", {"first": day(first), "until": day(until)}).status_code == 422


def test_housekeeping_packs_nothing(client_for, hana, property_a, in_tenant):
    assert client_for(hana, in_tenant).get("/desk/unassigned/pack/").status_code == 403
