"""Photos of an organization, served on its own host. Guests see them too, so nobody is asked who they are."""

from mimetypes import guess_type

from django.core.files.storage import default_storage
from django.db.models import Q
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from pms.kernel.errors import Missing
from pms.kernel.tenancy import current_schema
from pms.properties.models import Photo
from pms.properties.photos import original_name


@require_safe
def photo(request: HttpRequest, schema: str, name: str) -> HttpResponseBase:
    """Answer the picture stored under name, if a photo of this organization has it; anything else is Missing."""
    stored = f"photos/{name}"
    known = schema == current_schema() and "\0" not in name
    if not known or not _is_ours(stored) or not default_storage.exists(stored):
        raise Missing("no_photo", "There is no such photo.")
    content_type = guess_type(name)[0] or "application/octet-stream"
    response = FileResponse(default_storage.open(stored), content_type=content_type)
    response["Cache-Control"] = "public, max-age=604800"
    return response


def _is_ours(stored: str) -> bool:
    """Return whether a photo is stored under the name, or is what the name is a copy of."""
    stem = original_name(stored)
    return Photo.objects.filter(Q(image=stored) | Q(image__startswith=f"{stem}.") if stem else Q(image=stored)).exists()
