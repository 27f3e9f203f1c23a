"""Back-office pages of what takes inventory: room types, units, closures, blocks."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import action, display
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextareaWidget

from bookings.availability.models import Block, Closure
from bookings.availability.services import (
    block_create,
    block_release,
    closure_create,
    closure_release,
    inventory_extend,
    overbooking_limit_set,
    unit_create,
    unit_retire,
)
from pms.access.admin_base import ServiceAdmin
from pms.access.guards import access_of, actor_of, require
from pms.access.sites import hotel_site
from pms.kernel.admin_pages import Card, counted
from pms.kernel.errors import DomainError
from pms.properties.admin_texts import TextsForm, in_languages, texts_fieldset
from pms.properties.models import Property, RoomType, Unit
from pms.properties.services import room_type_save


@in_languages(RoomType, "name", "description")
class RoomTypeForm(TextsForm):
    """A room type as a manager fills it in."""

    class Meta:
        model = RoomType
        fields = ("property", "code", "name")


class RoomTypeAdmin(ServiceAdmin):
    """What is sold: interchangeable units under one name."""

    form = RoomTypeForm

    section, icon, position = "House", "king_bed", 110
    change_permission = "inventory.manage"
    settled_fields = ("property", "code")
    fieldsets = (
        (None, {"fields": ("property", "code", "name", "position", "description")}),
        ("Who fits", {"fields": ("base_occupancy", "max_occupancy", "max_adults", "max_children")}),
        ("Selling", {"fields": ("overbooking_limit",)}),
        ("For guests", {"fields": ("size_square_metres", "amenities")}),
        texts_fieldset("name", "description"),
    )
    list_display = ("name", "code", "property", "max_occupancy", "overbooking_limit", "units_in_service")
    list_filter = ("property",)
    list_select_related = ("property",)
    search_fields = ("name", "code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoomType]:
        """Count the units along."""
        live = Count("units", filter=Q(units__in_service_until=None))
        rows: QuerySet[RoomType] = super().get_queryset(request).annotate(live_units=live)
        return rows

    @display(description="Units", ordering="live_units")
    def units_in_service(self, room_type: Any) -> int:
        """Return how many units the type has."""
        return int(room_type.live_units)

    def save_row(self, request: HttpRequest, row: RoomType, form: Any, *, change: bool) -> None:
        """Save by the services: the overbooking limit changes every night to come."""
        limit = row.overbooking_limit
        if change:
            row.overbooking_limit = form.initial.get("overbooking_limit", limit)
        room_type_save(room_type=row, actor=actor_of(request))
        if change and limit != row.overbooking_limit:
            overbooking_limit_set(room_type=row, limit=limit, actor=actor_of(request))
        if not change:
            inventory_extend(property=row.property)


class UnitAdmin(ServiceAdmin):
    """The rooms themselves. Setting the day a unit is gone retires it, unless bookings stand in the way."""

    section, icon, position = "House", "door_front", 120
    change_permission = "inventory.manage"
    property_path = "room_type__property__code"
    settled_fields = ("room_type", "number", "in_service_from", "parent")
    fields = (
        "room_type",
        "number",
        "name",
        "floor",
        "zone",
        "features",
        "position",
        "parent",
        "in_service_from",
        "in_service_until",
    )
    list_display = ("number", "room_type", "property", "floor", "zone", "features", "in_service_until")
    list_filter = ("property", "room_type", "floor")
    list_select_related = ("room_type", "property")
    search_fields = ("number", "name")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for the day a unit is gone only once it is there."""
        if obj is None:
            kwargs["fields"] = [name for name in self.fields if name != "in_service_until"]
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the same fields as the form has."""
        return self.fields if obj else [name for name in self.fields if name != "in_service_until"]

    def save_row(self, request: HttpRequest, row: Unit, form: Any, *, change: bool) -> None:
        """Bring into service and retire by the services; what a unit is called is a plain change."""
        actor = actor_of(request)
        if not change:
            names = ("room_type", "number", "name", "floor", "zone", "features", "position", "parent")
            wanted = {name: form.cleaned_data[name] for name in names}
            made = unit_create(**wanted, in_service_from=form.cleaned_data["in_service_from"], actor=actor)
            inventory_extend(property=made.property)
            row.pk, row.property_id = made.pk, made.property_id
            return
        until = row.in_service_until
        row.in_service_until = form.initial.get("in_service_until")
        form.changed_data = [name for name in form.changed_data if name != "in_service_until"]
        super().save_row(request, row, form, change=change)
        if until is not None and until != row.in_service_until:
            unit_retire(unit=row, until=until, actor=actor)


class ClosureForm(forms.ModelForm[Closure]):
    """A unit and the nights it is closed."""

    first = forms.DateField(label="First night", widget=UnfoldAdminDateWidget)
    until = forms.DateField(label="Open again on", widget=UnfoldAdminDateWidget)

    class Meta:
        model = Closure
        fields = ("unit", "kind", "reason")


class EndingAdmin(ServiceAdmin):
    """Rows that are made and ended by a service, never changed."""

    can_change = False

    def end(self, request: HttpRequest, row: Any) -> None:
        """End one row by its service."""
        raise NotImplementedError

    def end_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """End what was ticked, and say what refused."""
        ended = 0
        for row in queryset:
            try:
                require(request, self.change_permission, self.property_code(row))
                self.end(request, row)
            except DomainError as error:
                messages.error(request, f"{row}: {error.message}")
            else:
                ended += 1
        messages.success(request, f"Ended {ended}.")


class ClosureAdmin(EndingAdmin):
    """Rooms out of order, out of service, out of inventory, or used by their owner."""

    form = ClosureForm
    section, icon, position = "Inventory", "construction", 200
    change_permission = "inventory.close"
    property_path = "unit__property__code"
    fields = ("unit", "kind", "first", "until", "reason")
    list_display = ("unit", "kind", "first_night", "open_again", "reason", "released_at")
    list_filter = ("kind", "unit__property")
    list_select_related = ("unit__property",)
    search_fields = ("unit__number", "reason")
    autocomplete_fields: ClassVar[Any] = ()
    actions = ("release",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what is stored once it is there."""
        return ("unit", "kind", "first_night", "open_again", "reason", "released_at") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show dates as they are stored."""
        return ("first_night", "open_again", "released_at") if obj else ()

    @display(description="First night", ordering="nights")
    def first_night(self, closure: Closure) -> Any:
        """Return the first closed night."""
        return closure.nights.lower

    @display(description="Open again")
    def open_again(self, closure: Closure) -> Any:
        """Return the first day it is open again."""
        return closure.nights.upper

    @action(description="Open again")
    def release(self, request: HttpRequest, queryset: QuerySet[Closure]) -> None:
        """Open the ticked rooms again."""
        self.end_selected(request, queryset)

    def end(self, request: HttpRequest, row: Closure) -> None:
        """Open by the service."""
        closure_release(closure=row, actor=actor_of(request))

    def save_row(self, request: HttpRequest, row: Closure, form: Any, *, change: bool) -> None:
        """Close by the service."""
        wanted = form.cleaned_data
        made = closure_create(
            unit=wanted["unit"],
            first=wanted["first"],
            until=wanted["until"],
            kind=wanted["kind"],
            reason=wanted["reason"],
            actor=actor_of(request),
        )
        row.pk = made.pk


class BlockForm(forms.ModelForm[Block]):
    """A block: for whom, when, and how many rooms of each type."""

    arrival = forms.DateField(label="First night", widget=UnfoldAdminDateWidget)
    departure = forms.DateField(label="Departure", widget=UnfoldAdminDateWidget)
    rooms = forms.CharField(
        widget=UnfoldAdminTextareaWidget, help_text="One room type a line, its code and how many: DBL 5"
    )

    class Meta:
        model = Block
        fields = ("property", "code", "name", "release_on")

    def clean(self) -> dict[str, Any]:
        """Read the room types of the property."""
        cleaned: dict[str, Any] = super().clean() or {}
        place = cleaned.get("property")
        types = {row.code: row for row in RoomType.objects.filter(property=place)} if place else {}
        wanted: dict[RoomType, int] = {}
        for line in cleaned.get("rooms", "").splitlines():
            code, _, quantity = line.strip().rpartition(" ")
            if code.strip() in types and quantity.isdigit():
                wanted[types[code.strip()]] = int(quantity)
            elif line.strip():
                self.add_error("rooms", f"“{line.strip()}” is not a room type of the property and a number.")
        cleaned["wanted"] = wanted
        return cleaned


class BlockAdmin(EndingAdmin):
    """Rooms kept for a partner or an event."""

    form = BlockForm
    section, icon, position = "Inventory", "groups", 210
    change_permission = "inventory.close"
    fields = ("property", "code", "name", "arrival", "departure", "release_on", "rooms")
    list_display = ("name", "code", "property", "release_on", "released_at")
    list_filter = ("property",)
    list_select_related = ("property",)
    search_fields = ("name", "code")
    actions = ("release",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what is stored once it is there."""
        return ("property", "code", "name", "release_on", "released_at", "kept") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the nights as one sentence."""
        return ("released_at", "kept") if obj else ()

    @display(description="Room nights kept")
    def kept(self, block: Block) -> str:
        """Return how many room nights are kept and how many of them were picked up."""
        rows = block.nights.values_list("quantity", "picked_up")
        return f"{sum(row[0] for row in rows)} kept, {sum(row[1] for row in rows)} picked up"

    @action(description="Give back what was not picked up")
    def release(self, request: HttpRequest, queryset: QuerySet[Block]) -> None:
        """Give the ticked blocks back to sale."""
        self.end_selected(request, queryset)

    def end(self, request: HttpRequest, row: Block) -> None:
        """Give back by the service."""
        block_release(block=row, actor=actor_of(request))

    def save_row(self, request: HttpRequest, row: Block, form: Any, *, change: bool) -> None:
        """Keep by the service."""
        names = ("property", "code", "name", "arrival", "departure", "release_on")
        wanted = {name: form.cleaned_data[name] for name in names}
        row.pk = block_create(**wanted, rooms=form.cleaned_data["wanted"], actor=actor_of(request)).pk


hotel_site.register(RoomType, RoomTypeAdmin)
hotel_site.register(Unit, UnitAdmin)
hotel_site.register(Closure, ClosureAdmin)
hotel_site.register(Block, BlockAdmin)


@hotel_site.cards
def inventory_cards(request: HttpRequest) -> list[Card]:
    """Say what a house still lacks before it can be sold, and what is closed or about to be released."""
    access, cards = access_of(request), []
    if access.allows("inventory.manage"):
        houses = access.scope("inventory.manage", Property.objects.all(), path="code")
        for house in houses.filter(room_types=None):
            text = f"{house.name} has nothing to sell yet."
            cards.append(Card("room types", "No", text, reverse("hotel:properties_roomtype_add"), "todo", "Add one"))
        empty = access.scope("inventory.manage", RoomType.objects.filter(units=None, retired_at=None))
        for room_type in empty.select_related("property")[:5]:
            text = f"{room_type.name} of {room_type.property.name} has no rooms."
            cards.append(Card("units", "No", text, reverse("hotel:properties_unit_add"), "todo", "Add one"))
        units = access.scope("inventory.manage", Unit.objects.filter(in_service_until=None)).count()
        cards.append(Card(*counted(units, "unit", "units"), "In service", reverse("hotel:properties_unit_changelist")))
    if access.allows("inventory.close"):
        closed = access.scope("inventory.close", Closure.objects.filter(released_at=None), path="unit__property__code")
        today = timezone.localdate()
        url = reverse("hotel:availability_closure_changelist")
        count = closed.filter(nights__contains=today).count()
        cards.append(Card(*counted(count, "room closed today", "rooms closed today"), "Out of order, owner stays", url))
        due = access.scope(
            "inventory.close",
            Block.objects.filter(released_at=None, release_on__lte=today + timedelta(days=3)),
        ).count()
        if due:
            text = "What is not picked up by then goes back to sale."
            url = reverse("hotel:availability_block_changelist")
            cards.append(
                Card(*counted(due, "block near its cut-off", "blocks near their cut-off"), text, url, "todo", "Look")
            )
    return cards
