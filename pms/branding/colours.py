"""Colours that can be read: WCAG 2.2's contrast, held against the paper that guests read on."""

import re

from django.core.exceptions import ValidationError

#: Contrast of text (WCAG 2.2, 1.4.3).
READABLE = 4.5
_LIGHT_PAPER = "#f9f8f5"
_DARK_PAPER = "#16181c"


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb (WCAG 2.2), 0 for black and 1 for white."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def validate_accent(colour: str) -> None:
    """Refuse an accent that is hard to read as text on paper; white on it is then readable too."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValidationError("Write the colour as #00695c.", code="bad_colour")
    ratio = contrast(colour, _LIGHT_PAPER)
    if ratio < READABLE:
        raise ValidationError(
            f"{colour} on paper has a contrast of {ratio:.1f}; text needs {READABLE}. Choose a darker one.",
            code="contrast",
        )


def lightened(colour: str) -> str:
    """Return the accent mixed with white until it can be read on dark paper."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    for step in range(21):
        mixed = "#" + "".join(f"{round(part + (255 - part) * step / 20):02x}" for part in parts)
        if contrast(mixed, _DARK_PAPER) >= READABLE:
            return mixed
    return "#ffffff"
