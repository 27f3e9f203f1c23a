"""What views ask before they do anything: who is it, and may they.

A page of no single property is decorated `@permitted("desk.view")`. A page of one property is decorated the same way
(the permission is held somewhere) and then asks `require(request, "desk.view", property.code)`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pms.access.errors import SignInNeeded
from pms.access.permissions import BY_CODE
from pms.access.selectors import NOTHING, Access, access_for
from pms.accounts.models import User
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.errors import NotAllowed
from pms.kernel.tenancy import is_public

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

#: Where a guarded view keeps the permission it declares; tests enumerate the URLs and read it.
DECLARED = "declared_permission"


def access_of(request: HttpRequest) -> Access:
    """Return what the signed-in user may do in this organization; one query at most per request."""
    found: Access | None = request.__dict__.get("_access")
    if found is None:
        user = request.user
        known = isinstance(user, User) and user.is_active and not is_public()
        found = access_for(user=user) if known and isinstance(user, User) else NOTHING
        request.__dict__["_access"] = found
    return found


def require(request: HttpRequest, permission: str, property_code: str | None = None) -> None:
    """Return if the signed-in user holds permission at property_code (anywhere, without one).

    Raises SignInNeeded for a stranger (the browser is sent to the sign-in page), NotAllowed `not_allowed` otherwise.
    """
    if not request.user.is_authenticated:
        raise SignInNeeded
    if not access_of(request).allows(permission, property_code):
        where = f" at {property_code}" if property_code else ""
        raise NotAllowed(
            "not_allowed",
            f"Your roles do not include “{BY_CODE[permission].label}”{where}. Ask whoever manages access.",
            permission=permission,
            property_code=property_code,
        )


def require_at(request: HttpRequest, permission: str, property_code: str) -> None:
    """Return if the signed-in user holds permission at property_code; see require."""
    require(request, permission, property_code)


def permitted(permission: str) -> Callable[[View[P]], View[P]]:
    """Declare the permission a view needs: held anywhere; the view narrows it to a property with require()."""
    if permission not in BY_CODE:
        raise KeyError(permission)

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            require(request, permission)
            return view(request, *args, **kwargs)

        guarded.__dict__[DECLARED] = permission
        return cast("View[P]", guarded)

    return decorate


def user_of(request: HttpRequest) -> User:
    """Return the signed-in user. Raises SignInNeeded when there is none."""
    if not isinstance(request.user, User):
        raise SignInNeeded
    return request.user


def actor_of(request: HttpRequest) -> Actor:
    """Return the signed-in user as the actor of a service, with address and browser. Raises SignInNeeded."""
    user = user_of(request)
    return Actor(
        kind=ActorKind.USER,
        label=str(user),
        user_id=user.pk,
        ip=client_ip(request),
        user_agent=request.headers.get("User-Agent", "")[:256],
    )


def client_ip(request: HttpRequest) -> str | None:
    """Return the caller's address, looking behind as many reverse proxies as ALLAUTH_TRUSTED_PROXY_COUNT says."""
    proxies: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if proxies and len(hops) >= proxies:
        return hops[-proxies]
    return request.META.get("REMOTE_ADDR") or None
