"""One page: a calendar behind its secret address."""

from hashlib import sha256

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from channels.adapters.ical.writing import written
from channels.calendars.keys import digest
from channels.calendars.models import CalendarExport
from channels.calendars.showing import taken_of


@require_safe
def file(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with the calendar, or 304 where the caller has it already. The token is all that is asked for.

    A fixed number of queries, whatever is in it; nothing of a guest.
    """
    found = CalendarExport.objects.filter(token_digest=digest(token), revoked_at=None)
    export = found.select_related("property", "room_type", "unit").first()
    if export is None:
        raise Http404
    body = written(f"{export.property.name} {export.unit or export.room_type}", taken_of(export))
    etag, now = sha256(body).hexdigest(), timezone.now()
    changed_at = export.changed_at if etag == export.etag and export.changed_at else now
    found.update(etag=etag, changed_at=changed_at, fetched_at=now)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response["ETag"] = f'"{etag}"'
    response.headers["Last-Modified"] = f"{changed_at:%a, %d %b %Y %H:%M:%S} GMT"
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    answer = get_conditional_response(
        request, etag=f'"{etag}"', last_modified=int(changed_at.timestamp()), response=response
    )
    return answer if isinstance(answer, HttpResponse) else response
