"""Putting what was rendered where it stays. The files' rows are the truth; a file that no row names is nobody's."""

from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from billing.invoices.models import Document, Print


def document_store(*, document: Document, pdf: bytes, xml: bytes = b"", obstacle: str = "") -> bool:
    """Store a document's PDF and XML, once; what was stored before stays. Returns whether it was this one.

    Outside any transaction: first the file, then its row, so that a row never names a file that is not there.
    """
    name = default_storage.save(f"documents/{document.year}/{document.code}.pdf", ContentFile(pdf))
    stored = Document.objects.filter(pk=document.pk, rendered_at=None).update(
        pdf_file=name,
        pdf_sha256=sha256(pdf).hexdigest(),
        xml=xml.decode(),
        xml_obstacle=obstacle[:160],
        rendered_at=timezone.now(),
    )
    if not stored:
        default_storage.delete(name)
    return bool(stored)


def print_store(*, row: Print, pdf: bytes) -> bool:
    """Store the PDF of a print, once. Returns whether it was this one."""
    name = default_storage.save(f"prints/{row.asked_at:%Y}/{row.code}.pdf", ContentFile(pdf))
    stored = Print.objects.filter(pk=row.pk, rendered_at=None).update(pdf_file=name, rendered_at=timezone.now())
    if not stored:
        default_storage.delete(name)
    return bool(stored)
