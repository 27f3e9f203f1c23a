"""Makes the demo: two organizations full of guests, and somebody for every role."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from billing.payments.services import dun
from pms.access.models import Role
from pms.access.services import grant_create
from pms.accounts.models import User
from pms.accounts.services import membership_ensure, user_create
from pms.events.services import events_pass_over
from pms.kernel.actors import Actor
from pms.kernel.dates import business_date_at
from pms.properties.models import Property
from pms.tenants.models import Organization

from .bulk import Progress, companies_write, hotel_write, quiet
from .demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, PLATFORM, DemoAccount
from .demo_baltic import ZONE as VILNIUS
from .demo_baltic import demo_baltic
from .demo_hotel import ZONE as LISBON
from .demo_hotel import demo_hotel
from .demo_hotels import AGENCIES, CITY, COMPANIES, RESORT
from .demo_money import demo_money
from .drafts import CompanyDraft, HotelDraft
from .organizations import organization_opened

SEED: Final = 20
#: The demo's properties close their day at the usual hour.
DAY_CLOSE: Final = time(6)


@dataclass(frozen=True, slots=True)
class DemoOrganization:
    """An organization of the demo, and how to draw up its properties for a business date and seed."""

    slug: str
    name: str
    zone: ZoneInfo
    companies: Sequence[CompanyDraft]
    properties: Sequence[Callable[[date, int], HotelDraft]]


def _city(business_date: date, seed: int) -> HotelDraft:
    return demo_hotel(hotel=CITY, business_date=business_date, seed=seed)


def _resort(business_date: date, seed: int) -> HotelDraft:
    return demo_hotel(hotel=RESORT, business_date=business_date, seed=seed)


def _vilnius(business_date: date, seed: int) -> HotelDraft:
    return demo_baltic(business_date=business_date, seed=seed)


ORGANIZATIONS: Final = (
    DemoOrganization("lusitania", "Lusitania Hotels", LISBON, (*COMPANIES, *AGENCIES), (_city, _resort)),
    DemoOrganization("baltic", "Baltic Apartments", VILNIUS, (), (_vilnius,)),
)


def demo_seed(
    *, now: datetime, actor: Actor, business_date: date | None = None, seed: int = SEED, progress: Progress = quiet
) -> dict[str, int]:
    """Makes what is missing of the demo, one organization after the other; bookings written, by organization.

    An organization that has a property is left as it is. The business date is the one now (UTC) at each place.
    """
    written: dict[str, int] = {}
    for demo in ORGANIZATIONS:
        day = business_date or business_date_at(now, demo.zone, DAY_CLOSE)
        with organization_opened(slug=demo.slug, name=demo.name, actor=actor) as organization:
            written[demo.slug] = 0 if Property.objects.exists() else _fill(demo, day, seed, actor, progress)
            for account in DEMO_ACCOUNTS:
                if account.organization == demo.slug:
                    _employ(account, organization, actor)
            if written[demo.slug]:
                # Thousands of receipts and reminders for invented guests would stand before the first real confirmation.
                events_pass_over()
    with schema_context(get_public_schema_name()), transaction.atomic():
        for account in DEMO_ACCOUNTS:
            if account.organization == PLATFORM:
                user = _user(account)
                user.is_staff = user.is_superuser = True
                user.save(update_fields=["is_staff", "is_superuser"])
    return written


def _fill(demo: DemoOrganization, day: date, seed: int, actor: Actor, progress: Progress) -> int:
    companies = companies_write(demo.companies)
    bookings = 0
    for draw in demo.properties:
        progress(f"inventing guests for {demo.name}", 0, 0)
        hotel = draw(day, seed)
        hotel_write(hotel, companies=companies, actor=actor, origin="The demo", progress=progress)
        progress(f"counting the money of {hotel.name}", 0, 0)
        demo_money(property=Property.objects.get(code=hotel.code), seed=seed, actor=actor)
        bookings += len(hotel.stays)
    for place in Property.objects.order_by("pk"):
        dun(property=place)
    return bookings


def _employ(account: DemoAccount, organization: Organization, actor: Actor) -> None:
    user = _user(account)
    membership_ensure(user=user, organization=organization)
    role = Role.objects.get(code=account.role)
    grant_create(user=user, role=role, property_code=account.property_code, actor=actor)


def _user(account: DemoAccount) -> User:
    found = User.objects.filter(email=account.email).first()
    return found or user_create(email=account.email, name=account.name, password=DEMO_PASSWORD)
