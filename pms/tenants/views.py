"""The public host's own pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from pms.tenants.models import Domain
from pms.tenants.workplaces import workplaces_of

NOT_FOUND = 404


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """Show the way in: a field for the organization's short name, or where the signed-in user works."""
    return render(request, "tenants/landing.html", {"organizations": workplaces_of(request)})


@require_GET
def go(request: HttpRequest) -> HttpResponse:
    """Send the browser to the host of the organization whose short name was typed."""
    slug = request.GET.get("organization", "").strip().lower()
    host = f"{slug}.{settings.BASE_DOMAIN}"
    if not Domain.objects.filter(domain=host).exists():
        return render(request, "tenants/landing.html", {"unknown": slug}, status=NOT_FOUND)
    port = request.get_host().partition(":")[2]
    return redirect(f"{request.scheme}://{host}{f':{port}' if port else ''}/")
