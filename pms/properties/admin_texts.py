"""Texts in other languages as fields of a form: one for each text and language, so that nobody writes JSON."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

from django import forms
from django.conf import settings
from django.db import models
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

F = TypeVar("F", bound="TextsForm")

#: The languages besides the one that rows are written in.
OTHERS = [(code, name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


class TextsForm(forms.ModelForm[Any]):
    """A form over a row with `texts`; `in_languages` gives it the fields. An empty one takes the words away."""

    translated: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.translated:
            for code, _ in OTHERS:
                self.initial.setdefault(_name(field, code), self.instance.texts.get(code, {}).get(field, ""))

    def clean(self) -> dict[str, Any]:
        """Put the words where the row keeps them; words of fields that this form does not know stay."""
        cleaned: dict[str, Any] = super().clean() or {}
        texts = {code: dict(words) for code, words in self.instance.texts.items()}
        for field in self.translated:
            for code, _ in OTHERS:
                word = cleaned.get(_name(field, code), "")
                texts.setdefault(code, {})[field] = word
        self.instance.texts = {
            code: kept
            for code, words in texts.items()
            if (kept := {name: word for name, word in words.items() if word})
        }
        return cleaned


def in_languages(model: type[models.Model], *fields: str) -> Callable[[type[F]], type[F]]:
    """Give a TextsForm a field for each of the model's fields in each other language."""

    def decorate(form: type[F]) -> type[F]:
        declared = {_name(field, code): _field(model, field, code) for field in fields for code, _ in OTHERS}
        form.translated = fields
        form.base_fields = {**form.base_fields, **declared}
        form.declared_fields = {**form.declared_fields, **declared}
        return form

    return decorate


def texts_fieldset(*fields: str) -> tuple[str, dict[str, Any]]:
    """Return the part of a page that `in_languages` made the fields of, a row for each text."""
    rows = tuple(tuple(_name(field, code) for code, _ in OTHERS) for field in fields)
    return ("In other languages", {"fields": rows, "description": "What is left empty is shown in English."})


def _name(field: str, code: str) -> str:
    return f"{field}_{code}"


def _field(model: type[models.Model], name: str, code: str) -> forms.CharField:
    column = cast("models.Field[Any, Any]", model._meta.get_field(name))
    label = f"{str(column.verbose_name).capitalize()}, {code.upper()}"
    if isinstance(column, models.TextField):
        widget: forms.Widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "lang": code})
    else:
        widget = UnfoldAdminTextInputWidget(attrs={"lang": code})
    return forms.CharField(label=label, required=False, max_length=column.max_length, widget=widget)
