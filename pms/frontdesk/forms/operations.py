"""The forms behind what can be done with a reservation. `arguments()` is what the service is called with."""

from datetime import date
from typing import Any

from django import forms

from bookings.availability.selectors import Gap, free_units
from bookings.rates.quoting import OVERRIDABLE
from bookings.reservations.enums import CHANGEABLE, Status
from bookings.reservations.models import Reservation, StayNight
from pms.frontdesk.desk import Desk
from pms.frontdesk.forms.fields import show_refusal
from pms.frontdesk.selectors.stays import Readiness, Stay, condition_of
from pms.kernel.dates import each_day
from pms.kernel.errors import DomainError
from pms.properties.models import RoomType, Unit

REASONS = (
    "Guest cancelled",
    "Plans changed",
    "Illness",
    "Booked twice",
    "Found another hotel",
    "Payment failed",
    "Travel disrupted",
)


class OperationForm(forms.Form):
    """A yes to one operation. `version` is that of the reservation the person looked at."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    #: Whether there is something to say before the effect can be shown.
    needs_input = False
    #: Whether this person cannot do it as things are, so that there is no button for it.
    is_blocked = False
    #: Whether what is typed makes a difference worth showing before the yes.
    shows_changes = False
    #: A template for the part of the form that a plain list of fields cannot show.
    template = ""
    #: Whether the rule that refused gives way to a reason, which the form asks for.
    is_overridable = False

    def __init__(self, *args: Any, stay: Stay, desk: Desk, asked: dict[str, str], **options: Any) -> None:
        self.stay, self.desk, self.asked = stay, desk, asked
        self.reservation: Reservation = stay.reservation
        self.place = self.reservation.property
        self.alternatives: tuple[str, ...] = ()
        super().__init__(*args, **options)
        self.fields["version"].initial = self.reservation.version
        self.prepare()

    def prepare(self) -> None:
        """Fill choices from what there is."""

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of the service."""
        return {}

    @property
    def earliest_night(self) -> date:
        """The first night that can still change."""
        if self.reservation.status == Status.CHECKED_IN:
            return max(self.reservation.arrival, self.place.business_date)
        return self.reservation.arrival

    def refuse(self, error: DomainError) -> None:
        """Show the refusal of a service at the field it concerns."""
        show_refusal(self, error)
        self.is_overridable = error.code in OVERRIDABLE and "override_reason" in self.fields
        self.alternatives = tuple(error.context.get("alternatives", ()))


class CheckInForm(OperationForm):
    """Give the key; a room that is not ready needs a reason and the right to override."""

    template = "frontdesk/operations/check_in.html"
    override_reason = forms.CharField(
        label="Why the guest gets the room as it is",
        max_length=200,
        widget=forms.TextInput(attrs={"list": "override-reasons", "autocomplete": "off"}),
    )

    def prepare(self) -> None:
        """Ask for the reason only where there is something to override, and only from who may."""
        self.needs_input = not self.is_ready
        self.is_blocked = not self.is_ready and not self.may_override
        if self.is_ready or not self.may_override:
            del self.fields["override_reason"]

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands against it."""
        return self.stay.readiness in {Readiness.READY, Readiness.NO_ROOM}

    @property
    def may_override(self) -> bool:
        """Whether this person may overrule housekeeping."""
        return self.desk.allows("reservation.override", self.place)

    def arguments(self) -> dict[str, Any]:
        """Return the reason, if one was given."""
        return {"override_reason": self.cleaned_data.get("override_reason", "")}


class ReasonForm(OperationForm):
    """Say why."""

    needs_input = True
    reason = forms.CharField(
        label="Reason", max_length=200, widget=forms.TextInput(attrs={"list": "reasons", "autocomplete": "off"})
    )

    def arguments(self) -> dict[str, Any]:
        """Return the reason."""
        return {"reason": self.cleaned_data["reason"]}


class UnitForm(OperationForm):
    """Choose a free unit, the tightest fit first; of the same type, or of another."""

    template = "frontdesk/operations/units.html"
    needs_input = True
    shows_changes = True
    unit = forms.CharField(required=False, widget=forms.HiddenInput)
    room_type = forms.ChoiceField(required=False, label="Room type")

    #: How many rooms are offered at once.
    shown = 24

    def prepare(self) -> None:
        """Offer the types of the property, and the free units of the one asked for."""
        self.types = list(RoomType.objects.filter(property=self.place, retired_at=None))
        field = self.fields["room_type"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(row.code, row.name) for row in self.types]
        consumed = self.stay.unit.room_type_id if self.stay.unit else self.reservation.room_type_id
        own = next((row for row in self.types if row.pk == consumed), self.reservation.room_type)
        chosen = self.data.get("room_type") or self.asked.get("room_type", "")
        self.chosen_type = next((row for row in self.types if row.code == chosen), own)
        field.initial = self.chosen_type.code
        self.gaps = self._gaps()
        self.is_blocked = not self.gaps
        self.conditions = {gap.unit.pk: condition_of(gap.unit) for gap in self.gaps[: self.shown]}

    @property
    def first_night(self) -> date:
        """The first night in the other unit."""
        return self.earliest_night

    def _gaps(self) -> list[Gap]:
        gaps = free_units(
            room_type_id=self.chosen_type.pk,
            arrival=self.first_night,
            departure=self.reservation.departure,
            ignoring_reservation_id=self.reservation.pk,
        )
        here = self.stay.unit.pk if self.stay.unit else None
        gaps = [gap for gap in gaps if gap.unit.pk != here][: self.shown]
        units = Unit.objects.select_related("condition").in_bulk([gap.unit.pk for gap in gaps])
        return [Gap(unit=units[gap.unit.pk], before=gap.before, after=gap.after) for gap in gaps]

    def clean_unit(self) -> Unit | None:
        """Return the unit with this number; the empty word means the best fit."""
        number = self.cleaned_data["unit"]
        if not number:
            return None
        unit = Unit.objects.filter(property=self.place, number=number).first()
        if unit is None:
            raise forms.ValidationError(f"There is no room {number}.")
        return unit


class AssignForm(UnitForm):
    """Give a room: the best fit, or the one chosen."""

    needs_input = False
    pin = forms.BooleanField(label="Promise this room to the guest", required=False)

    def prepare(self) -> None:
        """Wait for a choice where another type is asked for: the best fit of the own one is not what is meant."""
        super().prepare()
        self.needs_input = self.chosen_type.pk != self.reservation.room_type_id

    def arguments(self) -> dict[str, Any]:
        """Return the unit and whether it is promised."""
        unit = self.cleaned_data["unit"]
        if unit is None and self.needs_input and self.gaps:
            unit = self.gaps[0].unit
        return {"unit": unit, "pin": self.cleaned_data["pin"]}


class MoveForm(UnitForm):
    """Move to another unit, from the first night that can still change or from a later one."""

    from_night = forms.ChoiceField(label="From the night of", required=False)
    sell_type = forms.BooleanField(
        label="Sell it at its price",
        required=False,
        help_text="Every night still to come is priced anew. Otherwise the guest pays what was sold.",
    )
    reason = forms.CharField(label="Reason", required=False, max_length=200)

    def prepare(self) -> None:
        """Offer the nights that can still change."""
        field = self.fields["from_night"]
        self.nights = list(each_day(self.earliest_night, self.reservation.departure))
        if isinstance(field, forms.ChoiceField):
            field.choices = [(night.isoformat(), f"{night:%a %-d %b %Y}") for night in self.nights]
        field.initial = self.first_night.isoformat()
        super().prepare()
        # Only a whole stay, or all that is left of one, can be sold as another type.
        if self.chosen_type.pk == self.reservation.room_type_id or self.first_night != self.earliest_night:
            del self.fields["sell_type"]

    @property
    def first_night(self) -> date:
        """The night asked for, else the first that can still change."""
        asked = self.data.get("from_night") or self.asked.get("from_night", "")
        return next((night for night in self.nights if night.isoformat() == asked), self.earliest_night)

    def clean(self) -> dict[str, Any]:
        """A move names its unit."""
        cleaned = super().clean() or {}
        if not cleaned.get("unit") and "unit" not in self.errors:
            self.add_error("unit", "Choose a room.")
        return cleaned

    def arguments(self) -> dict[str, Any]:
        """Return the unit, the first night in it and why."""
        if self.cleaned_data.get("sell_type"):
            return {
                "unit": self.cleaned_data["unit"],
                "room_type": self.chosen_type,
                "reason": self.cleaned_data["reason"],
            }
        begin = self.first_night
        whole = begin == self.earliest_night and begin == self.reservation.arrival
        return {
            "unit": self.cleaned_data["unit"],
            "from_night": None if whole else begin,
            "reason": self.cleaned_data["reason"],
        }


class SwapForm(OperationForm):
    """Exchange rooms with another stay that overlaps."""

    template = "frontdesk/operations/swap.html"
    needs_input = True
    shows_changes = True
    other = forms.CharField(label="The other reservation", error_messages={"required": "Choose whom to swap with."})

    def prepare(self) -> None:
        """Offer the stays that overlap, those in the same type first."""
        mine = self.stay.unit.room_type_id if self.stay.unit else None
        nights = (
            StayNight.objects.filter(
                reservation__property=self.place,
                reservation__status__in=CHANGEABLE,
                date__gte=self.earliest_night,
                date__lt=self.reservation.departure,
                released_at=None,
                unit__isnull=False,
            )
            .exclude(reservation=self.reservation)
            .select_related("reservation__guest", "unit__room_type")
            .order_by("date")
        )
        first: dict[int, StayNight] = {}
        for night in nights[:2000]:
            first.setdefault(night.reservation_id, night)
        self.candidates = sorted(first.values(), key=lambda night: (self._rank(night, mine), self._place(night)))[:40]

    @staticmethod
    def _place(night: StayNight) -> tuple[int, str]:
        return (night.unit.position, night.unit.number) if night.unit else (0, "")

    def _rank(self, night: StayNight, mine: int | None) -> tuple[bool, bool]:
        other = night.reservation
        same_dates = other.arrival == self.reservation.arrival and other.departure == self.reservation.departure
        return (night.unit is None or night.unit.room_type_id != mine, not same_dates)

    def clean_other(self) -> Reservation:
        """Return the reservation with this code, at the same property."""
        other = Reservation.objects.filter(code=self.cleaned_data["other"], property=self.place).first()
        if other is None:
            raise forms.ValidationError("There is no such reservation at this property.")
        return other

    def arguments(self) -> dict[str, Any]:
        """Return whom to swap with."""
        return {"second": self.cleaned_data["other"]}
