"""What is done with lines of a folio: an allowance, moving or splitting them."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from billing.folios.enums import FolioKind, FolioStatus
from billing.folios.models import Folio, Posting
from billing.folios.selectors import folio_get
from billing.folios.services import allowance_post, folio_open, transfer
from billing.folios.services.charging import REDUCIBLE
from guests.profiles.models import Company
from pms.frontdesk.forms.fields import AmountField, amount_minor, amount_text, typed_decimal
from pms.frontdesk.money.forms.base import MoneyForm, numbers_of
from pms.frontdesk.money.reading import Row, lines_of, statement
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.money import Money, allocate, round_half_up

#: Folios offered to move lines to; another is named by its code.
FOLIOS_OFFERED = 30


class LinesForm(MoneyForm):
    """Something done with chosen lines: those of the address, else chosen in the form."""

    line = forms.TypedMultipleChoiceField(
        label="Lines",
        coerce=int,
        error_messages={"required": "Choose the lines.", "invalid_choice": "That line is gone."},
    )

    def prepare(self) -> None:
        """Offer the lines of which something is left."""
        folio = self.folio()
        self.rows: list[Row] = [row for row in statement(folio=folio).rows if row.can_move and self.offers(row)]
        self.choose("line", [(str(row.number), row.text) for row in self.rows])
        named = cast("QueryDict", self.data).getlist("line") if self.is_bound else self.asked.getlist("line")
        wanted = set(numbers_of(named))
        self.chosen = [row for row in self.rows if row.number in wanted]
        self.is_blocked = not self.rows

    def offers(self, row: Row) -> bool:
        """Whether it can be done with a line."""
        return True

    @property
    def shown(self) -> list[Row]:
        """The lines to choose from: those chosen before, else all."""
        return self.chosen or self.rows

    @property
    def chosen_numbers(self) -> set[int]:
        """The numbers of the lines that are ticked; a single one is."""
        return {row.number for row in self.chosen} or ({self.rows[0].number} if len(self.rows) == 1 else set())

    @property
    def left_minor(self) -> int:
        """What is left of the chosen lines."""
        return sum(row.left_minor for row in self.chosen)

    @property
    def left(self) -> str:
        """What is left of the chosen lines, in words."""
        return self.said(self.left_minor)

    def postings(self) -> list[Posting]:
        """Return the chosen lines."""
        return lines_of(folio=self.folio(), numbers=self.cleaned_data["line"])


class AllowanceForm(LinesForm):
    """Take something off: an amount, or per cent of what is left of each line."""

    template = "frontdesk/money/forms/allowance.html"
    names = {"amount": "reduction", "posting": "line"}
    reduction = forms.CharField(
        label="How much",
        max_length=20,
        help_text="An amount, or per cent: 20 or 10%",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "class": "amount"}),
    )
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        widget=forms.TextInput(attrs={"list": "allowance-reasons", "autocomplete": "off"}),
    )
    field_order = ("line", "reduction", "reason")

    def offers(self, row: Row) -> bool:
        """Only charges are reduced."""
        return not row.is_money and row.left_minor > 0

    def clean_reduction(self) -> str:
        """Check that it is a number, with or without a per cent sign."""
        text: str = self.cleaned_data["reduction"].strip()
        if text.endswith("%"):
            percent = typed_decimal(text.removesuffix("%"))
            if not 0 < percent <= 100:
                raise forms.ValidationError("More than 0 and at most 100 per cent.", code="bad_percent")
        elif not amount_minor(text, self.currency):
            raise forms.ValidationError("An allowance is more than nothing.", code="no_amount")
        return text

    def _shares(self, lefts: list[int]) -> list[int]:
        text: str = self.cleaned_data["reduction"]
        if text.endswith("%"):
            percent = typed_decimal(text.removesuffix("%"))
            return [round_half_up(left * percent / 100) for left in lefts]
        wanted = amount_minor(text, self.currency)
        if wanted > sum(lefts):
            raise Conflict("more_than_left", f"Only {self.said(sum(lefts))} of these lines is left.", field="reduction")
        return allocate(wanted, lefts)

    def perform(self, actor: Actor) -> None:
        """Give it, shared out by what is left of each line (T35)."""
        rows = self.postings()
        left = {row.number: row.left_minor for row in self.rows}
        lefts = [left[number] for number in dict.fromkeys(self.cleaned_data["line"])]
        given = self._shares(lefts)
        for index, (posting, share) in enumerate(zip(rows, given, strict=True)):
            if posting.of_kind in REDUCIBLE and share:
                key = UUID(int=(self.key.int + index) % 2**128)
                allowance_post(
                    posting=posting,
                    amount_minor=share,
                    reason=self.cleaned_data["reason"],
                    request_key=key,
                    actor=actor,
                )
        self.done = f"{self.said(sum(given))} taken off."


class TransferForm(LinesForm):
    """Move lines to another folio, or an amount of a single one; the folio may be opened for a company on the way."""

    template = "frontdesk/money/forms/transfer.html"
    names = {"folio": "folio_code", "postings": "line"}
    to = forms.ChoiceField(label="To", required=False, widget=forms.RadioSelect)
    folio_code = forms.CharField(
        label="Or the code of another folio",
        required=False,
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    amount = AmountField(label="Only a part of it", required=False)
    reason = forms.CharField(label="Reason", required=False, max_length=200)
    field_order = ("line", "to", "folio_code", "amount", "reason")

    def prepare(self) -> None:
        """Offer the other folios of the stay and the booking, the companies of the booking, and house accounts."""
        super().prepare()
        folio = self.folio()
        self.targets: list[tuple[str, str, str]] = [
            (row.code, row.label, self._kind(row)) for row in _nearby(folio)[:FOLIOS_OFFERED]
        ]
        self.targets += [(f"company:{row.code}", row.name, "opens a folio") for row in self._companies(folio)]
        self.choose("to", [(value, label) for value, label, _ in self.targets])
        if self.targets and not self.is_bound:
            self.fields["to"].initial = self.targets[0][0]
        if len(self.chosen) == 1:
            self.fields["amount"].widget.attrs["placeholder"] = amount_text(abs(self.left_minor), self.currency)
        elif self.chosen:
            del self.fields["amount"]

    def _kind(self, row: Folio) -> str:
        words = "house account" if row.kind == FolioKind.HOUSE else str(FolioKind(row.kind).label).lower()
        balance = f", {Money(row.balance_minor, row.currency)}" if row.balance_minor else ""
        return f"{words}{balance}"

    def _companies(self, folio: Folio) -> list[Company]:
        booking = folio.booking
        if booking is None or folio.reservation is None:
            return []
        has = set(_nearby(folio).values_list("company_id", flat=True)) | {folio.company_id}
        return [row for row in (booking.company, booking.agency) if row is not None and row.pk not in has]

    def clean_folio_code(self) -> Folio | None:
        """Return the folio with this code."""
        code = self.cleaned_data["folio_code"].strip().upper()
        if not code:
            return None
        found = folio_get(code=code, property_ids=[self.place.pk])
        if found is None:
            raise forms.ValidationError(f"There is no folio {code} at {self.place.name}.", code="no_such_folio")
        return found

    def clean(self) -> dict[str, Any]:
        """A move has a destination."""
        cleaned = super().clean() or {}
        if not cleaned.get("to") and not cleaned.get("folio_code") and "folio_code" not in self.errors:
            self.add_error("folio_code", "Say where to.")
        return cleaned

    def _destination(self, actor: Actor) -> Folio:
        named: Folio | None = self.cleaned_data["folio_code"]
        if named is not None:
            return named
        chosen: str = self.cleaned_data["to"]
        if not chosen.startswith("company:"):
            return _nearby(self.folio()).get(code=chosen)
        company = Company.objects.get(code=chosen.removeprefix("company:"))
        return folio_open(property=self.place, reservation=self.folio().reservation, company=company, actor=actor)

    def perform(self, actor: Actor) -> None:
        """Move them."""
        amount = self.cleaned_data.get("amount")
        postings = self.postings()
        if amount is not None and len(postings) == 1 and self.left_minor < 0:
            raise Invalid("whole_payment", "A payment moves as a whole.", field="amount")
        to = self._destination(actor)
        transfer(
            postings=postings,
            to_folio=to,
            amount_minor=amount,
            reason=self.cleaned_data["reason"],
            request_key=self.key,
            actor=actor,
        )
        self.done = f"Moved to {to.label}."


def _nearby(folio: Folio) -> QuerySet[Folio]:
    """Return the open folios that lines of a folio are likely moved to: of its stay, its booking, and house accounts."""
    same = Q(kind=FolioKind.HOUSE)
    if folio.booking_id:
        same |= Q(booking=folio.booking_id)
    if folio.reservation_id:
        same |= Q(reservation=folio.reservation_id)
    rows = Folio.objects.filter(same, property=folio.property_id, currency=folio.currency, status=FolioStatus.OPEN)
    return rows.exclude(pk=folio.pk).order_by("kind", "-is_main", "label", "pk")
