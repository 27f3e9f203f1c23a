"""The lines of a folio."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from pms.frontdesk.money.reading import Row
from pms.frontdesk.money.render import row_html

register = template.Library()


@register.simple_tag(takes_context=True)
def folio_row(context: dict[str, Any], row: Row) -> SafeString:
    """Return a line of the folio in `context`, with what `can_choose` and `can_issue` there allow."""
    return row_html(
        row,
        folio_code=context["folio"].code,
        can_choose=bool(context.get("can_choose")),
        can_issue=bool(context.get("can_issue")),
    )
