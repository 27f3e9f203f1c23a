"""Airbnb keeps the contract of adapters, over real HTTP with its stand-in, but where it cannot: that is told beside it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.adapters.enums import Told, Trouble
from tests.channels.adapters.airbnb_hotel import AirbnbHotel, signed
from tests.channels.adapters.contract import (
    Contract,
    Hotel,
    letters,
    patient,
    priced,
    send_all,
    shown,
    sold,
    told,
    tried,
)


class TestContract(Contract):
    @pytest.fixture
    def hotel(self, airbnb_hotel: AirbnbHotel) -> Hotel:
        return airbnb_hotel

    def test_one_field_never_resets_another(self, hotel: Hotel) -> None:
        """T27. Days closed to arrival are no field of a day there (test_airbnb_calendar.py)."""
        base = replace(priced(hotel, 15000), prices={})
        changes = [priced(hotel, 15000), replace(base, closed=True), replace(base, min_stay_arrival=3)]
        for change in changes:
            assert send_all(hotel, [change]) == []
        found = shown(hotel)
        assert {key: found[key] for key in told(changes)} == told(changes)

    def test_what_was_sold_arrives_once(self, hotel: Hotel) -> None:
        """Nothing is acknowledged there: it is listed again and is the same (T59)."""
        hotel.sell()
        first, again = sold(hotel, letters(hotel)), sold(hotel, letters(hotel))
        assert [booking.told for booking in first] == [Told.NEW]
        assert first == again
        self._is_plausible(hotel, first[0])

    @given(body=st.binary(max_size=200))
    @patient
    def test_noise_with_proof_is_refused_and_nothing_else(self, hotel: Hotel, body: bytes) -> None:  # type: ignore[override]
        """What proves a message is of the message: noise has a signature of its own."""
        trigger, refusal = tried(lambda: hotel.adapter.triggered(hotel.access, body, signed(body)))
        assert trigger is not None or (refusal is not None and refusal.trouble == Trouble.REFUSED)
