"""The organization's logo, served on its own host to anybody who sees a page of it."""

from mimetypes import guess_type

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from pms.branding.models import Brand
from pms.kernel.errors import Missing
from pms.kernel.tenancy import current_schema


@require_safe
def logo(request: HttpRequest, schema: str, name: str) -> HttpResponseBase:
    """Answer the logo of this organization; another's, and one that was replaced, is Missing `no_logo`."""
    stored = f"brand/{name}"
    known = schema == current_schema() and "\0" not in name
    if not known or not Brand.objects.filter(logo=stored).exists() or not default_storage.exists(stored):
        raise Missing("no_logo", "There is no such logo.")
    response = FileResponse(
        default_storage.open(stored), content_type=guess_type(name)[0] or "application/octet-stream"
    )
    response["Cache-Control"] = "public, max-age=604800"
    return response
