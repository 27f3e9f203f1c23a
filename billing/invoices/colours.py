"""The house's colours on paper: the light side of static/css/tokens.css, as the sRGB that PDF/A is written in."""

import re
from math import cos, radians, sin

TOKEN = re.compile(r"(--[\w-]+):\s*light-dark\(\s*oklch\(\s*([\d.]+)%\s+([\d.]+)\s+([\d.]+)\s*\)\s*,")


def light_colours(css: str) -> dict[str, str]:
    """Return the custom properties of a sheet that are a colour, as they are on light paper, in hexadecimal."""
    return {
        name: srgb(float(lightness) / 100, float(chroma), float(hue))
        for name, lightness, chroma, hue in TOKEN.findall(css)
    }


def srgb(lightness: float, chroma: float, hue: float) -> str:
    """Return an OKLCH colour as #rrggbb; what sRGB cannot show is clipped. Matrices: Björn Ottosson, 2020 (Oklab)."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _encoded(channel)):02x}" for channel in channels)


def _encoded(channel: float) -> float:
    clipped = min(max(channel, 0.0), 1.0)
    return 12.92 * clipped if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055
