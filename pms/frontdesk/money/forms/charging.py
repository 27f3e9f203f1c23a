"""Charging by hand: an article of the house, or an extra that is sold with the stay."""

from dataclasses import dataclass
from typing import Any

from django import forms

from billing.folios.models import Article
from billing.folios.services import article_post, stay_post
from billing.folios.services.stays import STAYING
from bookings.lifecycle.services import charge_add
from bookings.reservations.enums import CHANGEABLE
from pms.frontdesk.forms.fields import AmountField, DateField
from pms.frontdesk.money.forms.base import MoneyForm
from pms.frontdesk.selectors.offers import extras_of
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Good:
    """Something that can be charged; `value` is what the form sends."""

    value: str
    name: str
    kind: str
    price: str


class ChargeForm(MoneyForm):
    """Charge something: typing narrows the list, Enter charges what is left at its top."""

    template = "frontdesk/money/forms/charge.html"
    good = forms.ChoiceField(label="What", error_messages={"required": "Choose what is charged."})
    quantity = forms.IntegerField(label="How many", min_value=1, max_value=999, initial=1)
    unit = AmountField(label="Price of one", required=False)
    day = DateField(label="Consumed on", required=False)
    text = forms.CharField(label="Text on the folio", required=False, max_length=120)

    def prepare(self) -> None:
        """Offer the articles of the property and, to a stay that can change, its extras."""
        articles = Article.objects.filter(property=self.place, retired_at=None)
        self.goods = [
            Good(f"article:{row.code}", row.name, row.get_component_display(), self.said(row.price_minor))
            for row in articles
        ]
        self.articles = {row.code: row for row in articles}
        if self._sells_extras():
            self.goods += [
                Good(f"extra:{row.code}", row.name, f"extra of the stay, {row.get_basis_display().lower()}",
                     self.said(row.price_minor))
                for row in extras_of(self.place)
            ]  # fmt: skip
        self.choose("good", [(row.value, row.name) for row in self.goods])
        self.fields["unit"].widget.attrs["placeholder"] = "as listed"
        self.fields["day"].initial = self.place.business_date
        self.is_blocked = not self.goods
        self.why_blocked = "Nothing can be charged by hand yet: articles are made in the back office."

    def _sells_extras(self) -> bool:
        row = self.reservation
        return row is not None and row.status in CHANGEABLE and self.desk.allows("reservation.change", self.place)

    def clean(self) -> dict[str, Any]:
        """An extra is sold at its own price."""
        cleaned = super().clean() or {}
        if str(cleaned.get("good", "")).startswith("extra:") and cleaned.get("unit") is not None:
            self.add_error("unit", "An extra of the stay is sold at its own price.")
        return cleaned

    def perform(self, actor: Actor) -> None:
        """Charge it, dated today."""
        kind, _, code = self.cleaned_data["good"].partition(":")
        quantity: int = self.cleaned_data["quantity"]
        day = self.cleaned_data["day"] or self.place.business_date
        if day > self.place.business_date and kind == "article":
            raise Invalid("day_to_come", "That day is still to come.", field="day")
        if kind == "extra" and self.reservation is not None:
            row = charge_add(reservation=self.reservation, extra=code, quantity=quantity, dates=[day], actor=actor)
            if row.status in STAYING:
                stay_post(reservation=row, through=self.place.business_date, actor=actor)
            name = next(good.name for good in self.goods if good.value == self.cleaned_data["good"])
        else:
            article = self.articles[code]
            article_post(
                folio=self.folio(),
                article=article,
                quantity=quantity,
                unit_minor=self.cleaned_data["unit"],
                text=self.cleaned_data["text"],
                service_date=day,
                request_key=self.key,
                actor=actor,
            )
            name = article.name
        many = f"{quantity} \N{MULTIPLICATION SIGN} " if quantity > 1 else ""
        self.done = f"{many}{name} charged."
