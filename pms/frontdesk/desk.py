"""Who stands at the desk: what they may do, which properties they see, and which one they work at now."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django_htmx.middleware import HtmxDetails

from pms.access.guards import View, access_of, actor_of, permitted, user_of
from pms.access.permissions import BY_CODE
from pms.access.selectors import Access
from pms.accounts.models import User
from pms.kernel.actors import Actor
from pms.kernel.errors import Missing, NotAllowed
from pms.properties.models import Property

P = ParamSpec("P")
DeskView = Callable[Concatenate["DeskRequest", P], HttpResponse]

#: Where the session remembers the property somebody works at.
SESSION_KEY = "desk_property"


@dataclass(frozen=True, slots=True)
class Desk:
    """One request at the desk. `properties` are those whose desk the user may see, `property` the chosen one."""

    user: User
    access: Access
    actor: Actor
    properties: tuple[Property, ...]
    property: Property

    def allows(self, permission: str, place: Property | None = None) -> bool:
        """Return whether the user holds permission at place (the chosen property when not given)."""
        return self.access.allows(permission, (place or self.property).code)

    def require(self, permission: str, place: Property | None = None) -> None:
        """Raise NotAllowed `not_allowed` unless the user holds permission at place (the chosen property)."""
        if not self.allows(permission, place):
            where = (place or self.property).name
            raise NotAllowed("not_allowed", f"Your roles do not include “{BY_CODE[permission].label}” at {where}.")

    def require_property(self, property_id: int) -> Property:
        """Return the property with this key. Raises Missing `no_such_property` when it is not for this user to see."""
        for place in self.properties:
            if place.pk == property_id:
                return place
        raise Missing("no_such_property", "There is no such property.")


class DeskRequest(HttpRequest):
    """A request that passed @desk_page."""

    desk: Desk
    htmx: HtmxDetails


def desk_for(request: HttpRequest) -> Desk:
    """Return the desk of a signed-in request, in one query beside its grants. `?property=CODE` chooses, the session remembers.

    Raises NotAllowed `no_desk` for somebody without any desk, Missing `no_such_property` for a code that is not theirs.
    """
    access = access_of(request)
    properties = tuple(place for place in Property.objects.all() if access.allows("desk.view", place.code))
    if not properties:
        raise NotAllowed("no_desk", "Your role does not include the front desk of any property.")
    return Desk(
        user=user_of(request),
        access=access,
        actor=actor_of(request),
        properties=properties,
        property=_chosen(request, properties),
    )


def _chosen(request: HttpRequest, properties: tuple[Property, ...]) -> Property:
    by_code = {place.code: place for place in properties}
    asked = request.GET.get("property")
    if asked:
        if asked not in by_code:
            raise Missing("no_such_property", "There is no such property.")
        if request.session.get(SESSION_KEY) != asked:
            request.session[SESSION_KEY] = asked
        return by_code[asked]
    return by_code.get(request.session.get(SESSION_KEY, ""), properties[0])


def desk_page(permission: str = "desk.view") -> Callable[[DeskView[P]], View[P]]:
    """Make a view a page of the desk: signed in, permission held at one property at least, `request.desk` set.

    A view of an object asks again for the property it belongs to: `desk.require_property`, then `desk.require`.
    """

    def decorate(view: DeskView[P]) -> View[P]:
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            desk_request = cast("DeskRequest", request)
            desk_request.desk = desk_for(request)
            return view(desk_request, *args, **kwargs)

        update_wrapper(page, view)
        return permitted(permission)(page)

    return decorate


def url_or_empty(name: str) -> str:
    """Return the address of a page, or nothing when this installation does not have it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
