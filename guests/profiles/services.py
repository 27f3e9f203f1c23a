"""Making and changing profiles."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from guests.profiles.enums import Collector, CompanyKind
from guests.profiles.models import Company, Guest
from guests.profiles.vat_ids import compact
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.codes import random_code
from pms.kernel.errors import Invalid
from pms.kernel.locking import lock
from pms.kernel.prepared import PreparedRows, insert
from pms.kernel.text import clean_text

UNNAMED = UUID("0b1e6f5c-2f0a-4d0e-9a53-6d0f5f0c7a11")


@dataclass(frozen=True, slots=True)
class GuestDetails:
    """What the desk knows of somebody who books. Country is ISO 3166 alpha-2."""

    last_name: str
    first_name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class CompanyDetails:
    """What an invoice says of a company. Country is ISO 3166 alpha-2."""

    name: str
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    vat_id: str = ""


@transaction.atomic
def guest_find_or_create(*, details: GuestDetails, actor: Actor) -> Guest:
    """Return the guest with the same e-mail address and name, or create one.

    Without an e-mail address nobody is taken for somebody else. Raises Invalid `name_missing`, `bad_character`;
    ValidationError.
    """
    details = GuestDetails(**{name: clean_text(value, field=name) for name, value in asdict(details).items()})
    if not details.last_name:
        raise Invalid("name_missing", "A guest has at least a last name.", field="last_name")
    if details.email:
        known = _KNOWN.first(email=details.email, last_name=details.last_name, first_name=details.first_name)
        if known:
            return known
    guest = Guest(**asdict(details))
    guest.full_clean(exclude={"code"})  # a fresh UUID needs no look-up
    insert(guest)
    _tell(guest, "guest.created", actor, {name: [None, value] for name, value in asdict(details).items() if value})
    return guest


_KNOWN = PreparedRows(
    Guest,
    lambda email, last_name, first_name: Guest.objects.filter(
        email__iexact=email, last_name__iexact=last_name, first_name__iexact=first_name
    ).order_by("pk")[:1],
    email=str,
    last_name=str,
    first_name=str,
)


def guest_unnamed() -> Guest:
    """Return the one profile that stands for guests who have not said their name yet: a hold on the website is theirs."""
    guest, _ = Guest.objects.get_or_create(code=UNNAMED, defaults={"last_name": "Website guest"})
    return guest


@transaction.atomic
def guest_change(*, guest: Guest, actor: Actor, **fields: str | bool) -> Guest:
    """Change fields of a profile: names, contact, address, VAT id, language, is_vip, notes. Nothing changed writes nothing.

    Locks the guest. Raises ValidationError, Invalid `bad_character`.
    """
    row = lock(Guest.objects.filter(pk=guest.pk))[0]
    fields = {
        name: clean_text(value, field=name) if isinstance(value, str) else value for name, value in fields.items()
    }
    changes = {name: [getattr(row, name), value] for name, value in fields.items() if getattr(row, name) != value}
    if not changes:
        return row
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    row.full_clean()
    row.save(update_fields=list(changes))
    _tell(row, "guest.changed", actor, changes)
    return row


@transaction.atomic
def company_find_or_create(*, details: CompanyDetails, language: str = "", actor: Actor) -> Company:
    """Return the company of which all this is known already, or create one.

    Whoever types the name or the VAT id of a company changes nothing of it and learns nothing of it: where a single detail
    differs it is another profile. Raises Invalid `name_missing`, `bad_character`; ValidationError.
    """
    typed = {name: clean_text(value, field=name) for name, value in asdict(details).items()}
    typed["vat_id"], typed["country"] = compact(typed["vat_id"]), typed["country"].upper()
    if not typed["name"]:
        raise Invalid("name_missing", "A company has a name.", field="company_name")
    alike = Company.objects.filter(
        kind=CompanyKind.COMPANY, **{f"{name}__iexact": value for name, value in typed.items()}
    )
    known = alike.order_by("pk").first()
    if known is not None:
        return known
    company = Company(code=random_code(8), kind=CompanyKind.COMPANY, language=language[:2], **typed)
    company.full_clean()
    company.save(force_insert=True)
    _tell_company(company, "created", actor, {name: [None, value] for name, value in typed.items() if value})
    return company


@transaction.atomic
def agency_find_or_create(*, name: str, actor: Actor) -> Company:
    """Return the agency of a name, made where there is none: a channel that collects owes us under its own name.

    Raises Invalid `name_missing`, `bad_character`.
    """
    name = clean_text(name, field="name", most=120)
    if not name:
        raise Invalid("name_missing", "An agency has a name.", field="name")
    known = Company.objects.filter(kind=CompanyKind.AGENCY, name__iexact=name).order_by("pk").first()
    if known is not None:
        return known
    code = f"SELLER-{''.join(each for each in name.upper() if each.isalnum())[:24]}"
    company, is_new = Company.objects.get_or_create(
        code=code, defaults={"kind": CompanyKind.AGENCY, "name": name, "collector": Collector.SELLER}
    )
    if is_new:
        _tell_company(company, "created", actor, {"name": [None, name]})
    return company


@transaction.atomic
def company_change(*, company: Company, actor: Actor, **fields: str | int) -> Company:
    """Change fields of a company: name, contact, address, VAT id, language, payment_days, notes. Nothing changed writes
    nothing.

    Locks the company. Raises ValidationError, Invalid `bad_character`.
    """
    row = lock(Company.objects.filter(pk=company.pk))[0]
    fields = {
        name: clean_text(value, field=name) if isinstance(value, str) else value for name, value in fields.items()
    }
    changes = {name: [getattr(row, name), value] for name, value in fields.items() if getattr(row, name) != value}
    if not changes:
        return row
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    row.full_clean()
    row.save(update_fields=list(changes))
    _tell_company(row, "changed", actor, changes)
    return row


def _tell_company(company: Company, verb: str, actor: Actor, changes: dict[str, Any]) -> None:
    kind, code = f"company.{verb}", company.code
    audit_record(action=kind, subject_type="company", subject_code=code, actor=actor, changes=changes)
    event_publish(kind=kind, subject_type="company", subject_code=code, payload={"fields": sorted(changes)})


def _tell(guest: Guest, kind: str, actor: Actor, changes: dict[str, Any]) -> None:
    audit_record(action=kind, subject_type="guest", subject_code=str(guest.code), actor=actor, changes=changes)
    event_publish(kind=kind, subject_type="guest", subject_code=str(guest.code), payload={"fields": sorted(changes)})
