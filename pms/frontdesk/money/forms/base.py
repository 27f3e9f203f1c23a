"""What every form about money has: whom it is about, the version that was looked at, and a key that makes it happen once."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms

from billing.folios.enums import FolioStatus
from billing.folios.models import Folio
from billing.folios.selectors import folios_of
from billing.folios.services import main_folio
from bookings.reservations.models import Reservation
from pms.frontdesk.desk import Desk
from pms.frontdesk.forms.fields import AmountField, show_refusal
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, DomainError
from pms.kernel.money import Money
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class Subject:
    """What something is done with: a folio, a stay whose main folio may not be there yet, or a property."""

    place: Property
    folio: Folio | None = None
    reservation: Reservation | None = None

    @property
    def currency(self) -> str:
        """The currency of what is done."""
        if self.folio is not None:
            return self.folio.currency
        return self.reservation.currency if self.reservation else self.place.currency

    @property
    def name(self) -> str:
        """Who pays, or whose stay it is."""
        if self.folio is not None:
            return self.folio.label
        return self.reservation.guest.full_name if self.reservation else self.place.name

    @property
    def code(self) -> str:
        """What it is found by."""
        if self.folio is not None:
            return self.folio.code
        return self.reservation.code if self.reservation else self.place.code


class MoneyForm(forms.Form):
    """A yes to something about money. `perform` does it; the preview is the same, rolled back."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    request_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    #: Whether there is something to say before the effect can be shown.
    needs_input = True
    #: Whether it cannot be done as things are, so that there is no button for it; `why_blocked` says why.
    is_blocked = False
    why_blocked = ""
    #: Whether what is typed makes a difference worth showing before the yes.
    shows_changes = True
    #: A template for what a plain list of fields cannot show.
    template = "frontdesk/money/forms/fields.html"
    #: A sentence that is said before the yes.
    lead = ""
    #: What a service calls a field -> what it is called here.
    names: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, subject: Subject, desk: Desk, asked: Any, **options: Any) -> None:
        self.subject, self.desk, self.asked = subject, desk, asked
        self.place, self.reservation = subject.place, subject.reservation
        self.done = ""
        options["initial"] = {"request_key": uuid4()} | options.get("initial", {})
        super().__init__(*args, **options)
        if subject.folio is not None:
            self.fields["version"].initial = subject.folio.version
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.currency = subject.currency
        self.prepare()

    def prepare(self) -> None:
        """Fill choices from what there is."""

    def perform(self, actor: Actor) -> None:
        """Do it. Raises DomainError."""
        raise NotImplementedError

    def filled(self) -> "MoneyForm | None":
        """Return the form as it is filled in already, if that is enough to say what would change."""
        if self.needs_input:
            return None
        given = {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}
        return type(self)(
            {name: value for name, value in given.items() if value not in {None, ""}},
            subject=self.subject,
            desk=self.desk,
            asked=self.asked,
        )

    @property
    def currency(self) -> str:
        """The currency of what is done."""
        return self.subject.currency

    @property
    def key(self) -> UUID:
        """What makes a form that is sent twice happen once."""
        key: UUID = self.cleaned_data.get("request_key") or uuid4()
        return key

    def folio(self) -> Folio:
        """Return the folio it is done with; the main folio of a stay is opened when it is first needed."""
        if self.subject.folio is not None:
            return self.subject.folio
        if self.reservation is None:
            raise Conflict("no_folio", "Choose a folio first.")
        return main_folio(reservation=self.reservation)

    def main_or_none(self) -> Folio | None:
        """Return the folio it is done with, if it is there."""
        if self.subject.folio is not None or self.reservation is None:
            return self.subject.folio
        return next((row for row in folios_of(reservation=self.reservation) if row.is_main), None)

    def require_seen(self) -> None:
        """Raise Conflict `changed_meanwhile` when somebody else changed the folio since it was looked at."""
        version = self.cleaned_data.get("version")
        folio = self.subject.folio
        if folio is not None and version is not None and version != folio.version:
            raise Conflict("changed_meanwhile", f"Folio {folio.code} was changed by somebody else. Please look again.")

    def said(self, minor: int) -> str:
        """Return an amount of the folio as people write it."""
        return str(Money(minor, self.currency))

    def choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Give a field its choices."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField | forms.MultipleChoiceField):
            field.choices = choices

    def refuse(self, error: DomainError) -> None:
        """Show the refusal of a service at the field it concerns."""
        error.field = self.names.get(error.field or "", error.field)
        show_refusal(self, error)


def is_open(folio: Folio) -> bool:
    """Whether lines can be written on a folio."""
    return folio.status == FolioStatus.OPEN


def numbers_of(texts: list[str]) -> list[int]:
    """Return the numbers of lines in an address or a form; what is no number is left out."""
    return [int(text) for text in texts[:1000] if text.isdecimal() and len(text) < 7]
