"""“Find my booking”: the link goes to the address in the booking, and nobody learns whether there is one."""

from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from guests.portal.forms import FindForm
from guests.portal.guarding import discreet
from pms.access.guards import client_ip
from pms.kernel.jobs import enqueue_in_tenant

#: So often an hour from one address of the network, and for one address of mail.
PER_IP, PER_EMAIL = 20, 4
HOUR = 3600


@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Ask for the link. Whoever asks is told the same, as quickly: the looking is done by a job."""
    if request.method != "POST":
        form = None if request.GET.get("asked") else FindForm()
        return discreet(render(request, "portal/find.html", {"form": form}))
    form = FindForm(request.POST)
    if not form.is_valid():
        return discreet(render(request, "portal/find.html", {"form": form}, status=422))
    if not _allowed(f"ip:{client_ip(request)}", PER_IP):
        return discreet(render(request, "portal/find.html", {"form": form, "too_often": True}, status=429))
    email = form.cleaned_data["email"]
    # One address too often is answered like any other: a refusal would tell that it matters.
    if _allowed(f"mail:{sha256(email.lower().encode()).hexdigest()}", PER_EMAIL):
        enqueue_in_tenant("guests.portal.jobs.find", email=email, code=form.cleaned_data["code"])
    return discreet(HttpResponseRedirect(f"{reverse('portal:find')}?asked=1", status=303))


def _allowed(who: str, most: int) -> bool:
    key = f"portal:find:{who}"
    cache.add(key, 0, HOUR)
    try:
        return int(cache.incr(key)) <= most
    except ValueError:  # it ran out between the two
        return True
