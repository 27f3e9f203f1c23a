"""Money of a guest who has come: what the channel keeps follows its word, once; who pays what was charged, a person decides."""

from datetime import timedelta
from itertools import count

import pytest
from django.db.models import Sum
from django.utils import timezone

from billing.folios.enums import FolioKind, FolioStatus, PostingKind
from billing.folios.models import Folio, Posting
from billing.folios.services import main_folio, payment_post
from billing.ledger.enums import Role
from billing.ledger.models import Entry, Line
from billing.ledger.services import Draft
from bookings.lifecycle.invariants import certify
from bookings.lifecycle.services import (
    reservation_assign,
    reservation_check_in,
    reservation_check_out,
    reservation_modify,
)
from bookings.lifecycle.services.settling import stays_charge
from bookings.reservations.models import Booking, Reservation
from channels.adapters.base import VirtualCard
from channels.adapters.enums import Told
from channels.sync.cards import cards_look
from channels.sync.cases import case_resolve
from channels.sync.enums import CaseKind, Resolution
from channels.sync.models import BookingMessage, Case, ChannelBooking
from channels.sync.queue import apply
from channels.sync.selectors import open_cases_of
from guests.profiles.enums import Collector
from tests.channels.house import make_connection, sold, sold_room, take
from tests.house import TESTER

COLLECTED = {"collector": Collector.SELLER, "commission_minor": 2_700}


@pytest.fixture
def connection(property_a):
    return make_connection(property_a)


@pytest.fixture
def says(property_a, connection):
    """Have the channel say something new about the stay, which it goes on naming in full."""
    hours, room = count(11), sold_room(property_a, 0, 2)

    def said(**fields):
        order = f"2026-11-20T{next(hours)}:00:00"
        return take(connection, sold(room, order=order, told=Told.MODIFIED, **fields))

    return said


def come(house, connection, **fields):
    """Have a guest who was sold by the channel come tonight; return the reservation."""
    take(connection, sold(sold_room(house, 0, 2), **fields))
    row = reservation_assign(reservation=Reservation.objects.get(), unit=house.units["101"], actor=TESTER)
    return reservation_check_in(reservation=row, actor=TESTER)


def later(house, days):
    house.property.business_date += timedelta(days=days)
    house.property.save(update_fields=["business_date"])


def leave(house, row):
    later(house, 2)
    return reservation_check_out(reservation=Reservation.objects.get(pk=row.pk), actor=TESTER)


def pay(folio, amount_minor, source="p1"):
    contra = [Draft(Role.CLEARING, amount_minor, "EUR", key="card")]
    payment_post(folio=folio, amount_minor=amount_minor, contra=contra, source=source, text="Card", actor=TESTER)


def kept():
    """Return the lines of what the channel keeps."""
    return list(Posting.objects.filter(of_kind=PostingKind.COMMISSION).values_list("kind", "amount_minor"))


def on(role):
    return Line.objects.filter(account__role=role).aggregate(sum=Sum("amount_minor"))["sum"] or 0


def company():
    return Folio.objects.get(kind=FolioKind.COMPANY)


def certified(house):
    assert certify(property=house.property).findings == ()
    assert Line.objects.aggregate(sum=Sum("amount_minor"))["sum"] == 0


# --- what the channel keeps -------------------------------------------------------------------------


def test_a_commission_told_in_house_is_posted_when_the_guest_leaves(property_a, connection, says):
    """T44: the last word before the guest leaves is what is charged; the first one never was in the books."""
    row = come(property_a, connection, **COLLECTED)
    says(**COLLECTED | {"commission_minor": 3_000})
    assert (Reservation.objects.get().commission_minor, kept()) == (3_000, [])
    note = Case.objects.get()
    assert (note.kind, note.reservation) == (CaseKind.COMMISSION_CHANGED, row)
    assert note.words == (
        "Booking.com changed its commission for the stay of Greta Jansen (in house) from €27.00 to €30.00. "
        "It is posted when the guest leaves."
    )
    leave(property_a, row)
    assert (kept(), company().balance_minor) == ([("commission", -3_000)], 15_000)
    certified(property_a)


def test_a_commission_told_after_departure_is_corrected_once(property_a, connection, says):
    """T44, T59: the difference is a line of its own, however often the channel says it."""
    leave(property_a, come(property_a, connection, **COLLECTED))
    for _ in range(3):
        says(**COLLECTED | {"commission_minor": 3_000})
    assert kept() == [("commission", -2_700), ("correction", -300)]
    assert (on(Role.COMMISSION), company().balance_minor) == (3_000, 15_000)
    assert Case.objects.get().words.endswith("(departed) from €27.00 to €30.00. The difference is posted.")
    certified(property_a)


def test_the_same_message_again_changes_nothing(property_a, connection, says):
    """T59: one that came before, read anew."""
    leave(property_a, come(property_a, connection, **COLLECTED))
    message = says(**COLLECTED | {"commission_minor": 3_000})
    entries = Entry.objects.count()
    BookingMessage.objects.filter(pk=message.pk).update(state="waiting")
    assert apply(BookingMessage.objects.get(pk=message.pk), now=timezone.now())
    assert (Entry.objects.count(), Case.objects.count()) == (entries, 1)


def test_an_older_word_about_the_commission_is_overtaken(property_a, connection, says):
    """T61."""
    leave(property_a, come(property_a, connection, **COLLECTED))
    says(**COLLECTED | {"commission_minor": 3_000})
    room = sold_room(property_a, -2, 0)
    take(connection, sold(room, order="2026-11-20T10:30:00", told=Told.MODIFIED, **COLLECTED | {"commission_minor": 1}))
    assert Reservation.objects.get().commission_minor == 3_000


def test_a_commission_of_a_folio_that_was_paid_opens_it_again(property_a, connection, says):
    leave(property_a, come(property_a, connection, **COLLECTED))
    pay(company(), 15_300)
    says(**COLLECTED | {"commission_minor": 3_000})
    assert (company().balance_minor, company().status) == (-300, FolioStatus.OPEN)
    certified(property_a)


def test_a_commission_that_is_billed_later_follows_in_the_books(property_a, connection, says):
    """Where the guest paid here: an expense and a liability, by the difference."""
    row = come(property_a, connection, commission_minor=2_700)
    pay(main_folio(reservation=row), 18_000)
    leave(property_a, row)
    for _ in range(2):
        says(commission_minor=2_000)
    assert (on(Role.COMMISSION), on(Role.COMMISSION_OWED)) == (2_000, -2_000)
    assert Entry.objects.filter(kind="commission").count() == 2
    certified(property_a)


def test_a_message_that_says_nothing_of_it_leaves_the_commission(property_a, connection, says):
    leave(property_a, come(property_a, connection, **COLLECTED))
    says(collector=Collector.SELLER)
    assert (kept(), Case.objects.count()) == ([("commission", -2_700)], 0)


def test_a_payout_that_shrinks_is_a_commission_that_grew(property_a, connection, says):
    """T44: where amounts are what the channel pays out, it keeps what they lack of the price sold."""
    row = come(property_a, connection, **COLLECTED | {"commission_minor": 0})
    leave(property_a, row)
    today = row.arrival
    prices = {today + timedelta(days=night): 8_500 for night in (0, 1)}
    room = sold_room(property_a, -2, 0, prices=prices)
    for hour in (11, 12):
        order = f"2026-11-20T{hour}:00:00"
        told = {"collector": Collector.SELLER, "commission_minor": 0}
        take(connection, sold(room, order=order, told=Told.MODIFIED, **told))
    assert (Reservation.objects.get().total_minor, kept()) == (18_000, [("commission", -1_000)])
    certified(property_a)


def test_a_note_goes_when_the_first_amount_comes_back(property_a, connection, says):
    leave(property_a, come(property_a, connection, **COLLECTED))
    says(**COLLECTED | {"commission_minor": 3_000})
    says(**COLLECTED | {"commission_minor": 3_300})
    assert "from €27.00 to €33.00" in Case.objects.get().words
    says(**COLLECTED)
    assert Case.objects.get().resolution == Resolution.BY_ITSELF
    assert company().balance_minor == 15_300


def test_a_note_is_nothing_to_decide(property_a, connection, says):
    leave(property_a, come(property_a, connection, **COLLECTED))
    says(**COLLECTED | {"commission_minor": 3_000})
    assert open_cases_of([connection]) == 0


# --- the price --------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_left", [False, True])
def test_another_price_is_a_persons_to_decide(property_a, connection, has_left):
    """T69: neither taken by itself nor dropped, and told once."""
    row = come(property_a, connection, total_minor=18_000, **COLLECTED)
    cheaper = {row.arrival + timedelta(days=night): 8_500 for night in (0, 1)}
    room = sold_room(property_a, 0, 2, prices=cheaper)
    row = leave(property_a, row) if has_left else row
    for hour in (11, 12):
        told = {"order": f"2026-11-20T{hour}:00:00", "told": Told.MODIFIED, "total_minor": 17_000}
        take(connection, sold(room, **COLLECTED | told))
        case = Case.objects.filter(resolved_at=None).first()
        if case is not None:
            case_resolve(case=case, resolution=Resolution.DONE, actor=TESTER, now=timezone.now())
    case = Case.objects.get()
    assert (case.kind, case.details) == (CaseKind.IN_HOUSE, {"price_minor": 17_000})
    state = "departed" if has_left else "in house"
    assert case.words == (
        f"Booking.com changed the price of the stay of Greta Jansen ({state}): €170.00, and here its nights cost €180.00. "
        "Decide at the desk; nothing was changed here."
    )
    assert Reservation.objects.get().total_minor == 18_000


def test_a_discount_of_the_desk_is_no_news_of_the_channel(property_a, connection, says):
    row = come(property_a, connection, total_minor=18_000, **COLLECTED)
    prices = {row.arrival + timedelta(days=night): 8_000 for night in (0, 1)}
    reservation_modify(reservation=row, prices=prices, reason="The lift is broken", actor=TESTER)
    assert Reservation.objects.get().total_minor == 16_000
    says(total_minor=18_000, **COLLECTED)
    assert Case.objects.count() == 0


# --- who collects -----------------------------------------------------------------------------------


def test_whoever_collects_from_now_on_is_owed_the_nights_to_come(property_a, connection, says):
    """T69: nights that were charged stay, and a case says where they stand."""
    row = come(property_a, connection, commission_minor=2_700)
    stays_charge(property=property_a.property, through=row.arrival, actor=TESTER)
    later(property_a, 1)
    for _ in range(2):
        says(**COLLECTED)
    stays_charge(property=property_a.property, through=property_a.property.business_date, actor=TESTER)
    assert (main_folio(reservation=row).balance_minor, company().balance_minor) == (9_000, 9_000)
    case = Case.objects.get()
    assert case.kind == CaseKind.COLLECTOR_CHANGED
    assert case.words == (
        "Booking.com now takes the money itself for the stay of Greta Jansen (in house). "
        "What was charged before stays until somebody moves it: €90.00 on Greta Jansen's folio."
    )
    assert case.details["folio"] == main_folio(reservation=row).code
    certified(property_a)


def test_the_case_of_who_collects_is_told_once(property_a, connection, says):
    row = come(property_a, connection, commission_minor=2_700)
    stays_charge(property=property_a.property, through=row.arrival, actor=TESTER)
    says(**COLLECTED)
    case_resolve(case=Case.objects.get(), resolution=Resolution.DONE, actor=TESTER, now=timezone.now())
    says(**COLLECTED)
    assert Case.objects.filter(resolved_at=None, kind=CaseKind.COLLECTOR_CHANGED).count() == 0


def test_before_anything_is_charged_there_is_nothing_to_move(property_a, connection, says):
    come(property_a, connection)
    says(collector=Collector.SELLER)
    assert (Booking.objects.get().collector, Case.objects.count()) == (Collector.SELLER, 0)


def test_a_guest_who_has_left_gets_no_new_folio(property_a, connection, says):
    """What the channel bills for stays owed; a person moves the nights."""
    row = come(property_a, connection, commission_minor=2_700)
    pay(main_folio(reservation=row), 18_000)
    leave(property_a, row)
    says(**COLLECTED)
    assert not Folio.objects.filter(kind=FolioKind.COMPANY).exists()
    assert (on(Role.COMMISSION_OWED), Case.objects.get().kind) == (-2_700, CaseKind.COLLECTOR_CHANGED)
    certified(property_a)


def test_a_guest_who_pays_here_after_all_is_a_case_too(property_a, connection, says):
    leave(property_a, come(property_a, connection, **COLLECTED))
    says(commission_minor=2_700)
    case = Case.objects.get()
    assert "takes no money any more" in case.words
    assert case.details["folio"] == company().code
    certified(property_a)


# --- the virtual card -------------------------------------------------------------------------------


def card(house, amount_minor):
    today = house.property.business_date
    return VirtualCard(today, today + timedelta(days=40), amount_minor, "4444")


def look(connection):
    connection.property.refresh_from_db()
    return cards_look(connection=connection, now=timezone.now())


def test_a_card_that_holds_more_after_it_was_charged_is_due_again(property_a, connection, says):
    """T40: the rest, once."""
    row = come(property_a, connection, virtual_card=card(property_a, 15_300), **COLLECTED)
    look(connection)
    pay(company(), 15_300)
    assert (look(connection), Case.objects.get().resolution) == (0, Resolution.BY_ITSELF)
    leave(property_a, row)
    for _ in range(2):
        says(virtual_card=card(property_a, 16_000), **COLLECTED)
        assert look(connection) == 1
    assert ChannelBooking.objects.get().virtual_minor == 16_000
    case = Case.objects.get(resolved_at=None)
    assert case.words.endswith("It holds €160.00, of which €153.00 was written down.")
    pay(company(), 700, source="p2")
    assert (look(connection), Case.objects.filter(resolved_at=None).count()) == (0, 0)


def test_a_card_that_somebody_saw_to_is_due_again_at_another_amount_only(property_a, connection, says):
    come(property_a, connection, virtual_card=card(property_a, 15_300), **COLLECTED)
    look(connection)
    case_resolve(case=Case.objects.get(), resolution=Resolution.DONE, actor=TESTER, now=timezone.now())
    says(virtual_card=card(property_a, 15_300), **COLLECTED)
    assert look(connection) == 0
    says(virtual_card=card(property_a, 16_000), **COLLECTED)
    assert look(connection) == 1
