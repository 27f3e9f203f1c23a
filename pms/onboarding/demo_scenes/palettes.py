"""The colours of the pictures: a palette for a house, so that houses look different."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as #rrggbb, from the sky down to the darkest thing near by, then those of rooms."""

    name: str
    sky_top: str
    sky_low: str
    sun: str
    far: str
    middle: str
    near: str
    dark: str
    light: str
    accent: str
    wall: str
    wood: str
    cloth: str


PALETTES: Final = tuple(
    Palette(*row.split())
    for row in (
        "amber #41517a #f4b183 #ffe3b0 #b98a8c #8a6274 #54425c #2b2840 #ffd27a #c8553d #f1dfc8 #9a6240 #c8553d",
        "tejo #2f5d7c #f7c59f #fff1d0 #91a3ad #5f7d8c #355a6b #1d3443 #ffd98a #e07a3f #f4e8d6 #b07b4a #2f6f86",
        "algarve #2a86a8 #fbe3bd #fff6dc #d8b48a #c98d5e #8a6b4a #3f4a45 #ffe29a #d9693b #f8efe0 #bb8a55 #3a8fa3",
        "rose #5a4a78 #f2a6a0 #ffe0c2 #b47f95 #855a7d #523f63 #2c2542 #ffcf87 #d65f6b #f3dcd5 #8d5a4c #b5546a",
        "pine #2e5560 #e9d8a6 #fff4cf #7f9f93 #4f7a6c #2d5549 #17332f #ffd784 #ca6b35 #ece5d2 #8a5f3c #4c7a5f",
        "baltic #4a6d8c #f0d9c0 #fff3df #a4b4bd #73899a #4a6075 #26384b #ffdc94 #d0884a #efe9df #c09a6b #54789a",
        "plum #352f5b #d98e73 #ffd9a0 #7d5d80 #5b4470 #3b3056 #1e1a36 #ffc66b #e0743e #e9d5c5 #7a4c3a #6a4a80",
        "honey #8c6a4f #fadf9e #fff5cc #cfa467 #a97b49 #6f5236 #3a2c22 #ffe08a #a8452f #f6e6c8 #8c5a34 #b4682f",
        "mint #3f8086 #f6e7c4 #fffbe4 #a3c3b2 #6da08f #3f7468 #1f4440 #ffe19b #e28a5b #eef0e2 #b3875c #6da392",
    )
)
