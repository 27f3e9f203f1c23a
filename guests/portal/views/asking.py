"""A question to the hotel."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from guests.portal.forms import QuestionForm
from guests.portal.guarding import Visit, behind_link
from pms.kernel.errors import Missing

SERVICES = "guests.messaging.services"


def can_ask() -> bool:
    """Return whether the house takes questions here; else the page names phone and e-mail."""
    return find_spec(SERVICES) is not None and hasattr(_services(), "question_ask")


@require_POST
@behind_link
def ask(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Pass the question on to the hotel."""
    form = QuestionForm(request.POST)
    if not can_ask():
        raise Missing("no_questions", "Please call or write to the hotel.")
    if form.is_valid():
        _services().question_ask(booking=visit.booking, text=form.cleaned_data["text"], actor=visit.actor)
        return HttpResponseRedirect(f"{visit.home}?done=asked", status=303)
    context = {"form": form, "token": visit.token, "booking": visit.booking}
    return render(request, "portal/ask.html", context, status=422)


def _services() -> Any:
    return import_module(SERVICES)
