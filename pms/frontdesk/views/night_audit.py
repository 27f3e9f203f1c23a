"""Night audit: what closing the business date will do, and the press that does it."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bookings.lifecycle.services import NightAuditReport, night_audit, night_audit_plan
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import DateField, show_refusal
from pms.frontdesk.selectors.stays import day_counts
from pms.frontdesk.views.common import changed
from pms.kernel.errors import DomainError
from pms.properties.models import Property


class AuditForm(forms.Form):
    """The date that is closed, as the person saw it, and what happens to the nights of no-shows."""

    business_date = DateField(widget=forms.HiddenInput)
    release_no_shows = forms.BooleanField(
        label="Give the other nights of no-shows back to sale",
        required=False,
        help_text="Otherwise their rooms are kept until somebody decides.",
    )


@require_http_methods(["GET", "POST"])
@desk_page("night_audit.run")
def audit(request: DeskRequest) -> HttpResponse:
    """Show what closing the business date will do; on the yes, close it."""
    place = request.desk.property
    request.desk.require("night_audit.run", place)
    form = AuditForm(request.POST if request.method == "POST" else None, initial={"business_date": place.business_date})
    if request.method == "POST" and form.is_valid():
        try:
            report = night_audit(property=place, actor=request.desk.actor, **form.cleaned_data)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return changed(request, message=_said(report, place), to=reverse("desk:night-audit"))
    plan = night_audit_plan(property=place)
    context = {
        "place": place,
        "plan": plan,
        "form": form,
        "is_early": timezone.now() < plan.earliest,
        "counts": day_counts(place=place, on=place.business_date),
    }
    return render(request, "frontdesk/night_audit.html", context, status=422 if form.errors else 200)


def _said(report: NightAuditReport, place: Property) -> str:
    lost = len(report.no_shows) + len(report.lapsed)
    told = f" {lost} did not come." if lost else ""
    return f"{report.closed:%-d %B %Y} is closed.{told} {place.name} now trades {report.business_date:%-d %B %Y}."
