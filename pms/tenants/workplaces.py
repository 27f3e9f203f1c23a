"""Where the signed-in user works, with addresses as their browser reaches them."""

from dataclasses import dataclass

from django.http import HttpRequest

from pms.tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Workplace:
    """An organization somebody works for, and where it answers."""

    name: str
    host: str
    url: str


def workplaces_of(request: HttpRequest) -> list[Workplace]:
    """Return where the signed-in user works, by name, on the scheme and port the request came by; none for a stranger."""
    if not request.user.is_authenticated:
        return []
    port = request.get_host().partition(":")[2]
    rows = Organization.objects.filter(
        memberships__user_id=request.user.pk, memberships__ended_at=None, domains__is_primary=True
    ).order_by("name")
    found = []
    for name, domain in rows.values_list("name", "domains__domain"):
        host = f"{domain}:{port}" if port else domain
        found.append(Workplace(name=name, host=host, url=f"{request.scheme}://{host}/"))
    return found
