"""Shapes of what managers write about people and roles."""

from itertools import groupby

from django import forms

from pms.access.models import Role
from pms.access.permissions import PERMISSIONS
from pms.access.places import places

EVERYWHERE = ("", "Every property")


class RoleForm(forms.Form):
    """A role: its name and what it allows."""

    name = forms.CharField(max_length=80, label="Name of the role")
    permissions = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (area, [(permission.code, permission.label) for permission in group])
            for area, group in groupby(PERMISSIONS, key=lambda permission: permission.area)
        ],
    )


class GrantForm(forms.Form):
    """A role and where it is held."""

    role = forms.ModelChoiceField(queryset=Role.objects.all(), to_field_name="code", empty_label=None)
    property_code = forms.ChoiceField(required=False, label="At")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [EVERYWHERE, *((place.code, place.name) for place in places())]
        self.fields["property_code"].choices = choices  # type: ignore[attr-defined]


class InviteForm(GrantForm):
    """Whom to invite, as what, where."""

    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ("email", "role", "property_code")
