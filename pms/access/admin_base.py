"""ServiceAdmin: a back-office page whose every right is a permission of the registry, and whose changes are audited."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib.admin import RelatedOnlyFieldListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import transaction
from django.db.models import ForeignKey, ManyToManyField, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from pms.access.guards import access_of, actor_of, require
from pms.access.permissions import BY_CODE
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.admin_pages import FrozenAdmin, UnloggedAdmin
from pms.kernel.errors import DomainError


class ScopedAdmin(UnloggedAdmin):
    """Shows rows of the properties where `view_permission` is held.

    `property_path` is the lookup from a row to its property's code; empty for rows of the whole organization.
    """

    view_permission: ClassVar[str] = ""
    property_path: ClassVar[str] = "property__code"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Check that the page declares a permission of the registry."""
        super().__init__(*args, **kwargs)
        if self.view_permission not in BY_CODE:
            message = f"{type(self).__name__} declares no permission of the registry."
            raise ImproperlyConfigured(message)

    def property_code(self, row: Model) -> str | None:
        """Return the code of the row's property, or None for a row of the whole organization."""
        if not self.property_path:
            return None
        value: Any = row
        for step in self.property_path.split("__"):
            value = getattr(value, step)
        return str(value)

    def allows(self, request: HttpRequest, permission: str, row: Model | None) -> bool:
        """Return whether permission is held at the row's property, or anywhere when there is no row."""
        code = self.property_code(row) if row is not None and row.pk is not None else None
        return bool(permission) and access_of(request).allows(permission, code)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app to whoever may see the page."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask access."""
        return self.allows(request, self.view_permission, obj)

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        """Offer in filters only what the rows that may be seen refer to."""
        return [
            (name, RelatedOnlyFieldListFilter)
            if isinstance(name, str) and get_fields_from_path(self.model, name)[-1].is_relation
            else name
            for name in super().get_list_filter(request)
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of the properties where the page may be seen."""
        queryset: QuerySet[Any] = super().get_queryset(request)
        if not self.property_path:
            return queryset
        return access_of(request).scope(self.view_permission, queryset, path=self.property_path)


class RecordAdmin(FrozenAdmin, ScopedAdmin):
    """Scoped rows that are shown and never changed: bookings, audit, outbox."""


class ServiceAdmin(ScopedAdmin):
    """Changes rows by services; a refusal of theirs comes back as a form error.

    Without an override of save_row and delete_row a plain row is saved and its changed fields are audited as
    `<subject>.created`, `.changed` or `.removed`. Rows of a property can only be made and moved where the permission
    is held.
    """

    change_permission: ClassVar[str] = ""
    subject: ClassVar[str] = ""
    can_add: ClassVar[bool] = True
    can_change: ClassVar[bool] = True
    can_delete: ClassVar[bool] = False
    #: Fields that are chosen once, when the row is made.
    settled_fields: ClassVar[Sequence[str]] = ()
    actions_on_top = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let whoever may change it see it, unless the page says otherwise."""
        if not self.view_permission:
            type(self).view_permission = self.change_permission
        super().__init__(*args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask access: held at any property; the row itself is checked when it is saved."""
        return self.can_add and self.allows(request, self.change_permission, None)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask access."""
        return self.can_change and self.allows(request, self.change_permission, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask access, where deleting makes sense at all."""
        return self.can_delete and self.allows(request, self.change_permission, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        """Freeze what is settled once the row is there."""
        frozen: list[str] = list(super().get_readonly_fields(request, obj))
        return [*frozen, *self.settled_fields] if obj is not None else frozen

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only rows of properties where the change is permitted."""
        kwargs.setdefault("queryset", self._offered(request, db_field.remote_field.model))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only rows of properties where the change is permitted, as boxes to tick."""
        kwargs.setdefault("queryset", self._offered(request, db_field.remote_field.model))
        kwargs.setdefault("widget", UnfoldAdminCheckboxSelectMultipleWidget())
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _offered(self, request: HttpRequest, model: type[Model]) -> QuerySet[Any]:
        rows: QuerySet[Any] = model._default_manager.all()
        page = self.admin_site.get_model_admin(model) if self.admin_site.is_registered(model) else None
        if isinstance(page, ScopedAdmin) and page.property_path:
            return access_of(request).scope(self.change_permission, rows, path=page.property_path)
        return rows

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; when the service refuses, once more with its refusal."""
        try:
            with transaction.atomic():
                page: HttpResponse = super().changeform_view(request, *args, **kwargs)
                return page
        except (DomainError, ValidationError) as refusal:
            if request.method != "POST":
                raise
            request.__dict__["_refusal"] = refusal
            shown: HttpResponse = super().changeform_view(request, *args, **kwargs)
            return shown

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form, which fails with the service's refusal if there is one."""
        form: type[ModelForm[Any]] = super().get_form(request, obj, change=change, **kwargs)
        refusal = request.__dict__.get("_refusal")
        if refusal is None:
            return form

        class RefusedForm(form):  # type: ignore[valid-type,misc]
            def clean(self) -> dict[str, Any]:
                cleaned: dict[str, Any] = super().clean() or {}
                if isinstance(refusal, DomainError):
                    self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)
                elif isinstance(refusal, ValidationError):
                    known = set(getattr(refusal, "error_dict", {})) <= set(self.fields)
                    self.add_error(None, refusal if known else "; ".join(refusal.messages))
                return cleaned

        return RefusedForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Check the permission at the row's own property, then save by the service."""
        require(request, self.change_permission, self.property_code(obj))
        self.save_row(request, obj, form, change=change)

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        """Save a plain row and audit what changed; pages with a service override this."""
        changes = {
            field: [printable(form.initial.get(field)) if change else None, printable(form.cleaned_data.get(field))]
            for field in form.changed_data
        }
        row.save()
        if changes or not change:
            self.record(request, row, "changed" if change else "created", changes)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save lists of rows, and audit them where the service knows only the row's own fields."""
        super().save_related(request, form, formsets, change)
        lists = {field.name for field in self.model._meta.many_to_many} & set(form.changed_data)
        if lists and type(self).save_row is not ServiceAdmin.save_row:
            changes = {
                name: [printable(form.initial.get(name, [])), printable(form.cleaned_data[name])]
                for name in sorted(lists)
            }
            self.record(request, form.instance, "changed", changes)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Check the permission at the row's own property, then delete."""
        require(request, self.change_permission, self.property_code(obj))
        with transaction.atomic():
            self.record(request, obj, "removed", {"row": [str(obj), None]})
            self.delete_row(request, obj)

    def delete_row(self, request: HttpRequest, row: Any) -> None:
        """Delete a plain row; pages with a service override this."""
        row.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete one by one, so that each is checked and audited."""
        for row in queryset:
            self.delete_model(request, row)

    def record(self, request: HttpRequest, row: Any, verb: str, changes: dict[str, Any]) -> None:
        """Write audit and event of a change to a plain row."""
        subject = self.subject or row._meta.model_name
        code = str(getattr(row, "code", "") or row)[:64]
        audit_record(
            action=f"{subject}.{verb}",
            subject_type=subject,
            subject_code=code,
            property_code=self.property_code(row) or "",
            actor=actor_of(request),
            changes=changes,
        )
        event_publish(kind=f"{subject}.{verb}", subject_type=subject, subject_code=code)


def printable(value: Any) -> Any:
    """Return value as the audit keeps it: rows by their name, lists of rows as names."""
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, QuerySet | list | tuple):
        return [printable(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
