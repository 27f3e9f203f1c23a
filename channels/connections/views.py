"""The public host's part of agreeing at a channel: leading the browser back to the organization that asked."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from channels.connections.agreeing import agreement_read
from pms.kernel.errors import Invalid

#: What of a channel's answer goes on.
CARRIED = ("state", "code", "error")


@never_cache
@require_GET
def agreed(request: HttpRequest) -> HttpResponse:
    """Lead on to the host that the signed state names, with the channel's answer: there the session is, and who it is.

    Raises Invalid `agreement_unknown` for a state that we did not sign: nobody is led anywhere by somebody else's link.
    """
    asked = agreement_read(request.GET.get("state", ""))
    if asked is None:
        raise Invalid("agreement_unknown", "This answer was not asked for here. Nothing was connected.")
    path = reverse("desk:channel-agreed", urlconf=settings.ROOT_URLCONF)
    answer = urlencode({name: request.GET[name] for name in CARRIED if name in request.GET})
    return redirect(f"{settings.PUBLIC_SCHEME}://{asked.host}{path}?{answer}")
