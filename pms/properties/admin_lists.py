"""Pages of the back office over rows of a property with lists inside: saved whole by one service, refused at the row."""

from typing import Any, ClassVar

from django.db.models import ForeignKey, Model
from django.http import HttpRequest
from unfold.admin import TabularInline

from pms.access.admin_base import ServiceAdmin
from pms.access.guards import require
from pms.kernel.errors import DomainError
from pms.kernel.money import Money
from pms.properties.admin_forms import RowFormSet


class RowAdmin(ServiceAdmin):
    """A page whose row, with its lists, is saved by one service: `save_all`.

    The service says in a refusal's field where it belongs: "name" of the row, or "tiers-2-percent" of a list.
    """

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        """Wait for the lists: save_related saves everything at once."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the row and its lists by the service."""
        for formset in formsets:
            formset.save(commit=False)
        self.save_all(request, form.instance, form, {formset.prefix: formset.kept_rows() for formset in formsets})

    def save_all(self, request: HttpRequest, row: Any, form: Any, lists: dict[str, list[Any]]) -> None:
        """Call the service."""
        raise NotImplementedError

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Check the permission at the row's own property, then remove it by the service that audits it."""
        require(request, self.change_permission, self.property_code(obj))
        self.remove(request, obj)

    def remove(self, request: HttpRequest, row: Any) -> None:
        """Remove a plain row; pages with a service for it override this."""
        ServiceAdmin.delete_model(self, request, row)

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form; a refusal about a list is that list's to show. Choices are of the row's own property."""
        request.__dict__["_row_property"] = getattr(obj, "property_id", None)
        refusal = refusal_of(request)
        prefixes = {inline.list_name for inline in self.inlines if issubclass(inline, RowInline)}
        if refusal is None or (refusal.field or "").split("-")[0] not in prefixes:
            return super().get_form(request, obj, change=change, **kwargs)
        del request.__dict__["_refusal"]
        try:
            return super().get_form(request, obj, change=change, **kwargs)
        finally:
            request.__dict__["_refusal"] = refusal

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer rows of the row's own property, told apart by code and property."""
        return told_apart(super().formfield_for_foreignkey(db_field, request, **kwargs), request)


class RowInline(TabularInline):
    """A list inside a page: who may change the page may change the list."""

    list_name: ClassVar[str] = ""
    formset = RowFormSet
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask the page."""
        return self._page.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask the page."""
        return self._page.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask the page."""
        return self._page.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask the page."""
        return self._page.has_change_permission(request, obj)

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        """Return the list, which fails with the service's refusal if that is about it."""
        formset = super().get_formset(request, obj, **kwargs)
        refusal = refusal_of(request)
        mine = refusal is not None and (refusal.field or "").split("-")[0] == self.list_name
        return type("RefusedFormSet", (formset,), {"refusal": refusal}) if mine else formset

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer what the page offers."""
        kwargs.setdefault("queryset", self._page._offered(request, db_field.remote_field.model))  # noqa: SLF001
        return told_apart(super().formfield_for_foreignkey(db_field, request, **kwargs), request)

    @property
    def _page(self) -> ServiceAdmin:
        page = self.admin_site.get_model_admin(self.parent_model)
        assert isinstance(page, ServiceAdmin)  # noqa: S101 - for the type alone
        return page


def refusal_of(request: HttpRequest) -> DomainError | None:
    """Return what the service refused in this request, if it did."""
    refusal = request.__dict__.get("_refusal")
    return refusal if isinstance(refusal, DomainError) else None


def told_apart(field: Any, request: HttpRequest) -> Any:
    """Narrow the choices to the row's property and say which property each is of, where there are several."""
    model = field.queryset.model
    if not hasattr(model, "property_id"):
        return field
    rows = field.queryset.select_related("property")
    own = request.__dict__.get("_row_property")
    if own:
        field.queryset = rows.filter(property_id=own)
        field.label_from_instance = lambda row: f"{row} ({row.code})"
    else:
        field.queryset = rows
        field.label_from_instance = lambda row: f"{row} ({row.property.code}, {row.code})"
    return field


def money_said(minor: int | None, currency: str) -> str:
    """Return an amount with its currency, or a dash."""
    return "\N{EN DASH}" if minor is None else str(Money(minor, currency))


def percent_said(percent: Any) -> str:
    """Return a percentage as people write it, or a dash."""
    return "\N{EN DASH}" if percent is None else f"{percent.normalize():+f}\N{NO-BREAK SPACE}%"
