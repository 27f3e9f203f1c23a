"""Finding rooms for stays that have none: every move with its reason first, then the yes."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bookings.lifecycle.services import reassign
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import DateField, show_refusal
from pms.frontdesk.selectors.stays import day_counts
from pms.frontdesk.views.common import changed
from pms.kernel.errors import DomainError
from pms.properties.models import Property

DAYS_AT_FIRST = 14
LONGEST_DAYS = 62


class PackForm(forms.Form):
    """The days that are looked at: stays within [first, until) may move."""

    first = DateField(label="From")
    until = DateField(label="To")

    def __init__(self, *args: Any, place: Property, **options: Any) -> None:
        self.place = place
        super().__init__(*args, **options)

    def clean(self) -> dict[str, Any]:
        """At least a day, not the past, and not the whole year at once."""
        cleaned = super().clean() or {}
        first, until = cleaned.get("first"), cleaned.get("until")
        if first and first < self.place.business_date:
            self.add_error("first", f"The business date is {self.place.business_date:%-d %B %Y}.")
        if first and until and not 1 <= (until - first).days <= LONGEST_DAYS:
            self.add_error("until", f"Between 1 and {LONGEST_DAYS} days at once.")
        return cleaned


@require_http_methods(["GET", "POST"])
@desk_page("reservation.change")
def pack(request: DeskRequest) -> HttpResponse:
    """Show which moves would give rooms to whoever has none; on the yes, make them."""
    place = request.desk.property
    request.desk.require("reservation.change", place)
    begin = {"first": place.business_date, "until": place.business_date + timedelta(days=DAYS_AT_FIRST)}
    asked = request.POST if request.method == "POST" else {**begin, **request.GET.dict()}
    form = PackForm(asked, place=place)
    moves = []
    if form.is_valid():
        is_yes = request.method == "POST"
        try:
            moves = reassign(property=place, actor=request.desk.actor, apply=is_yes, **form.cleaned_data)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            if is_yes:
                count = f"{len(moves)} {'stay has' if len(moves) == 1 else 'stays have'} another room now."
                return changed(request, message=count, to=reverse("desk:unassigned"))
    context = {
        "place": place,
        "form": form,
        "moves": moves,
        "counts": day_counts(place=place, on=place.business_date),
    }
    return render(request, "frontdesk/pack.html", context, status=422 if form.errors else 200)
