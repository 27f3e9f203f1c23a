"""What people write about themselves."""

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from pms.accounts.models import User


class PreferencesForm(forms.ModelForm[User]):
    """Name and language."""

    name = forms.CharField(max_length=120, label="Your name", help_text="As colleagues see it.")
    language = forms.ChoiceField(choices=settings.LANGUAGES, help_text="For dates, numbers and sign-in pages.")

    class Meta:
        model = User
        fields = ("name", "language")


class JoinForm(forms.Form):
    """Name and password of somebody who accepts their first invitation."""

    name = forms.CharField(
        max_length=120, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True})
    )
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), help_text="At least ten characters."
    )

    def __init__(self, *args: object, email: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.email = email

    def clean_password(self) -> str:
        """Refuse a password that is short, common, or made of the person's own name or address."""
        password: str = self.cleaned_data["password"]
        try:
            validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        except ValidationError as error:
            raise forms.ValidationError(error.messages) from error
        return password
