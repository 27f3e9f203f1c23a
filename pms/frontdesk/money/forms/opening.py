"""Who else pays: further folios, house accounts, and where the charges of a stay go."""

from collections.abc import Sequence
from typing import Any

from django import forms

from billing.folios.enums import UNINVOICED, FolioStatus, PostingKind
from billing.folios.models import Folio, Posting, RoutingRule
from billing.folios.services import folio_open, left_minor, routing_remove, routing_set, transfer
from billing.taxes.enums import Component
from bookings.reservations.models import Occupant
from guests.profiles.models import Company, Guest
from pms.frontdesk.money.account import stay_folios
from pms.frontdesk.money.forms.base import MoneyForm
from pms.frontdesk.money.reading import components_said
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid

#: Companies offered in the list that is searched by typing.
COMPANIES_OFFERED = 500
#: What is part of the room when a company pays for it.
ROOM = (Component.ACCOMMODATION, Component.BREAKFAST, Component.SERVICE, Component.CLEANING, Component.BOOKING_FEE)
#: What is sent to a further folio, by the name the form gives it; None sends nothing.
PRESETS: dict[str, tuple[str, Sequence[str] | None]] = {
    "none": ("Nothing by itself", None),
    "room": ("The room: the guest pays extras", ROOM),
    "extras": ("Extras: the guest pays the room", tuple(sorted(set(Component.values) - {row.value for row in ROOM}))),
    "all": ("Everything", ()),
}


class OpenFolioForm(MoneyForm):
    """Open a further folio of a stay for a company or another guest, and say at once what it pays."""

    template = "frontdesk/money/forms/open_folio.html"
    shows_changes = False
    needs_input = True
    company = forms.CharField(
        label="Company",
        required=False,
        max_length=160,
        widget=forms.TextInput(attrs={"list": "companies", "autocomplete": "off", "placeholder": "Type its name"}),
    )
    guest = forms.ChoiceField(label="Or a guest", required=False)
    pays = forms.ChoiceField(
        label="It pays",
        choices=[(name, words) for name, (words, _) in PRESETS.items()],
        initial="none",
        widget=forms.RadioSelect,
    )
    posted = forms.BooleanField(label="Also what is charged already", required=False)
    label = forms.CharField(label="Name on the folio", required=False, max_length=120)
    field_order = ("company", "guest", "pays", "posted", "label")
    names = {"folio": "company", "components": "pays"}

    def prepare(self) -> None:
        """Offer companies, those of the booking first, and who else stays."""
        row = self.reservation
        self.companies = list(Company.objects.order_by("name")[:COMPANIES_OFFERED])
        people = [] if row is None else [
            person.guest for person in Occupant.objects.filter(reservation=row).select_related("guest") if person.guest
        ]  # fmt: skip
        if row is not None and row.guest not in people:
            people.insert(0, row.guest)
        self.people: dict[str, Guest] = {str(number): person for number, person in enumerate(people)}
        self.choose("guest", [("", "Nobody"), *((key, person.full_name) for key, person in self.people.items())])
        booked = row.booking.company or row.booking.agency if row is not None else None
        if booked is not None:
            self.fields["company"].initial = booked.name
            self.fields["pays"].initial = "room"

    def clean_company(self) -> Company | None:
        """Return the company with this name."""
        name = self.cleaned_data["company"].strip()
        if not name:
            return None
        found = Company.objects.filter(name__iexact=name).first() or Company.objects.filter(code__iexact=name).first()
        if found is None:
            raise forms.ValidationError("No company is called that. Companies are made in the back office.")
        return found

    def clean(self) -> dict[str, Any]:
        """A folio has one payer."""
        cleaned = super().clean() or {}
        if not cleaned.get("company") and not cleaned.get("guest") and not self.errors:
            self.add_error("company", "Say who pays: a company or a guest.")
        return cleaned

    def perform(self, actor: Actor) -> None:
        """Open it, send charges there, and move what is charged already where that is asked for."""
        if self.reservation is None:
            raise Invalid("no_payer", "A further folio belongs to a stay.", field="company")
        folio = folio_open(
            property=self.place,
            reservation=self.reservation,
            company=self.cleaned_data["company"],
            guest=self.people.get(self.cleaned_data["guest"]),
            label=self.cleaned_data["label"],
            actor=actor,
        )
        components = PRESETS[self.cleaned_data["pays"]][1]
        if components is not None:
            routing_set(reservation=self.reservation, folio=folio, components=components, actor=actor)
            if self.cleaned_data["posted"]:
                move_posted(form=self, folio=folio, components=components, actor=actor)
        self.done = f"Folio {folio.code} for {folio.label} is open."


class RoutingForm(MoneyForm):
    """Say which folio of the stay gets what from now on."""

    template = "frontdesk/money/forms/routing.html"
    shows_changes = False
    to = forms.ChoiceField(label="Folio", widget=forms.RadioSelect)
    pays = forms.ChoiceField(
        label="It pays",
        choices=[*((name, words) for name, (words, _) in PRESETS.items()), ("own", "What is ticked")],
        initial="room",
        widget=forms.RadioSelect,
    )
    components = forms.MultipleChoiceField(
        label="Ticked", required=False, choices=Component.choices, widget=forms.CheckboxSelectMultiple
    )
    posted = forms.BooleanField(label="Also what is charged already", required=False)
    names = {"folio": "to"}

    def prepare(self) -> None:
        """Offer the other folios of the stay."""
        if self.reservation is None:
            self.is_blocked = True
            return
        found = stay_folios(reservation=self.reservation)
        self.rules: dict[str, RoutingRule] = {rule.folio.code: rule for rule in found.rules}
        self.targets = [
            (row.code, row.label, components_said(self.rules[row.code].components) if row.code in self.rules else "")
            for row in found.folios
            if not row.is_main and row.status == FolioStatus.OPEN
        ]
        self.folios = {row.code: row for row in found.folios}
        self.choose("to", [(code, label) for code, label, _ in self.targets])
        if len(self.targets) == 1:
            self.fields["to"].initial = self.targets[0][0]
        self.is_blocked = not self.targets
        self.why_blocked = "The stay has one folio. Open another for whoever else pays."

    def perform(self, actor: Actor) -> None:
        """Set or take away the rule."""
        if self.reservation is None:
            return
        folio: Folio = self.folios[self.cleaned_data["to"]]
        chosen = self.cleaned_data["pays"]
        components = self.cleaned_data["components"] if chosen == "own" else PRESETS[chosen][1]
        rule = self.rules.get(folio.code)
        if components is None:
            if rule is not None:
                routing_remove(rule=rule, actor=actor)
            self.done = f"Nothing is sent to {folio.label} by itself any more."
            return
        if chosen == "own" and not components:
            raise Invalid("nothing_chosen", "Tick what is sent there.", field="components")
        routing_set(reservation=self.reservation, folio=folio, components=components, actor=actor)
        if self.cleaned_data["posted"]:
            move_posted(form=self, folio=folio, components=components, actor=actor)
        self.done = f"{folio.label} pays {components_said(components)}."


class HouseAccountForm(MoneyForm):
    """Open a house account: the bar, the staff, a supplier."""

    shows_changes = False
    label = forms.CharField(
        label="Name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Bar, staff meals"}),
    )

    def perform(self, actor: Actor) -> None:
        """Open it."""
        self.opened = folio_open(property=self.place, label=self.cleaned_data["label"], actor=actor)
        self.done = f"House account {self.opened.label} is open."


def move_posted(*, form: MoneyForm, folio: Folio, components: Sequence[str], actor: Actor) -> None:
    """Move what a stay was charged already and a rule would send to `folio`, as far as it is left."""
    main = form.main_or_none()
    if main is None or main.pk == folio.pk:
        return
    rows = Posting.objects.filter(folio=main, corrects=None).exclude(of_kind__in=[PostingKind.TAX, *UNINVOICED])
    if components:
        rows = rows.filter(component__in=components)
    lines = [row for row in rows.select_related("folio__property", "reservation", "parent") if left_minor(row) > 0]
    if lines:
        transfer(postings=lines, to_folio=folio, actor=actor, reason="Sent there by routing")
