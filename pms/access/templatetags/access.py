"""`{% may "reservation.create" property.code as ok %}`: what the signed-in user may do, asked by a template."""

from django import template
from django.http import HttpRequest

from pms.access.guards import access_of

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: template.Context, permission: str, property_code: str | None = None) -> bool:
    """Return whether the signed-in user holds permission at property_code (anywhere, without one)."""
    request = context.get("request")
    return isinstance(request, HttpRequest) and access_of(request).allows(permission, property_code)
