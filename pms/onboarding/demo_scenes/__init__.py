"""Pictures for the demo's houses, painted by the computer: calm posters of places and rooms, nobody's photographs."""

from collections.abc import Callable
from enum import StrEnum
from random import Random
from typing import Final

from . import outdoors, rooms
from .canvas import Canvas
from .palettes import PALETTES, Palette

__all__ = ["PALETTES", "Palette", "Scene", "scene"]


class Scene(StrEnum):
    """What a picture shows."""

    RIVERSIDE = "riverside"
    OLD_STREET = "old_street"
    HARBOUR = "harbour"
    FOREST_HOUSE = "forest_house"
    DUNES = "dunes"
    BREAKFAST = "breakfast"
    LOBBY = "lobby"
    DOUBLE = "double"
    TWIN = "twin"
    SUITE = "suite"
    KITCHEN = "kitchen"
    FAMILY = "family"


_PAINTERS: Final[dict[Scene, Callable[[Canvas], None]]] = {
    Scene.RIVERSIDE: outdoors.riverside,
    Scene.OLD_STREET: outdoors.street,
    Scene.HARBOUR: outdoors.harbour,
    Scene.FOREST_HOUSE: outdoors.forest,
    Scene.DUNES: outdoors.dunes,
    Scene.BREAKFAST: rooms.breakfast,
    Scene.LOBBY: rooms.lobby,
    Scene.DOUBLE: rooms.double,
    Scene.TWIN: rooms.twin,
    Scene.SUITE: rooms.suite,
    Scene.KITCHEN: rooms.kitchen,
    Scene.FAMILY: rooms.family,
}


def scene(kind: Scene, *, seed: int, width: int = 1600) -> bytes:
    """Paint a picture as JPEG, `width` pixels wide and two thirds as high; the same seed paints the same.

    The seed's remainder by the number of palettes chooses the colours, the rest the details.
    """
    canvas = Canvas(palette=PALETTES[seed % len(PALETTES)], random=Random(f"{kind} {seed}"), width=width)
    _PAINTERS[kind](canvas)
    return canvas.jpeg()
