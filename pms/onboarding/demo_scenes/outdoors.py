"""Places outside: skies, hills, houses with lit windows, water that mirrors them."""

from collections.abc import Sequence
from math import sin

from .canvas import Canvas, mixed


def sky(on: Canvas, low: float, sun: tuple[float, float]) -> None:
    """Paint the sky down to `low`, with a sun and long clouds."""
    p = on.palette
    on.fade(0, 0, 150, low, p.sky_top, p.sky_low)
    on.glow(*sun, 46, p.sun, 0.75)
    on.disc(*sun, 6.5, 6.5, p.sun)
    for _ in range(6):
        x, y, wide = on.random.uniform(0, 150), on.random.uniform(8, low * 0.62), on.random.uniform(8, 20)
        colour = mixed(mixed(p.sky_top, p.sky_low, y / low), p.sun, 0.24)
        for shift in (0, 0.35):
            on.disc(x + wide * shift, y + shift * 3, wide * (1 - shift), 0.7, colour)


def hills(on: Canvas, y: float, swing: float, colour: str, low: float = 100) -> None:
    """Paint a ridge of hills around a height, filled down to `low`."""
    a, b = on.random.uniform(0, 6), on.random.uniform(0, 6)
    ridge = [(x, y + swing * (sin(x / 24 + a) + 0.5 * sin(x / 11 + b))) for x in range(0, 153, 2)]
    on.poly([(0, low), *ridge, (152, low)], colour)


def windows(on: Canvas, x: float, y: float, wide: float, high: float, wall: str) -> None:
    """Put rows of windows on a wall, two in three lit."""
    p = on.palette
    across, down = max(1, round(wide / 4.2)), max(1, int(high / 6.5))
    for i in range(across):
        for j in range(down):
            at, top = x + wide * (i + 0.5) / across, y + 2 + j * 6.5
            lit = on.random.random() < 0.62
            on.rect(at - 0.95, top - 0.25, 1.9, 3.5, mixed(wall, p.sun, 0.35))
            on.rect(at - 0.7, top, 1.4, 3, p.light if lit else mixed(wall, p.dark, 0.5))


def house(on: Canvas, x: float, low: float, wide: float, high: float, wall: str) -> None:
    """Put a house with a gable or a hipped roof on the ground at `low`; its right side lies in shade."""
    p = on.palette
    roof = mixed(p.accent, p.dark, on.random.uniform(0.1, 0.45))
    top = low - high
    on.rect(x, top, wide, high, wall)
    on.rect(x + wide * 0.78, top, wide * 0.22, high, mixed(wall, p.dark, 0.18))
    peak = wide * on.random.uniform(0.38, 0.55)
    inset = on.random.choice((wide * 0.5, wide * 0.22))
    on.poly([(x - 0.7, top), (x + inset, top - peak), (x + wide - inset, top - peak), (x + wide + 0.7, top)], roof)
    on.rect(x + wide * 0.68, top - peak * 0.95, 1.5, peak * 0.7, mixed(roof, p.dark, 0.3))
    windows(on, x, top, wide, high - 1, wall)


def tower(on: Canvas, x: float, low: float, wide: float, high: float, wall: str) -> None:
    """Put a church tower with a spire."""
    p = on.palette
    on.rect(x, low - high, wide, high, wall)
    on.rect(x + wide * 0.7, low - high, wide * 0.3, high, mixed(wall, p.dark, 0.2))
    on.rect(x - 0.6, low - high, wide + 1.2, 1, mixed(wall, p.sun, 0.3))
    on.poly([(x - 0.5, low - high), (x + wide / 2, low - high - wide * 2.2), (x + wide + 0.5, low - high)], p.near)
    on.rect(x + wide * 0.34, low - high + 4, wide * 0.3, 4, p.light, 0.8)


def row(on: Canvas, low: float, colours: Sequence[str], heights: tuple[float, float]) -> None:
    """Line up houses along the whole width."""
    x = on.random.uniform(-5, 0)
    while x < 150:
        wide = on.random.uniform(9, 16)
        house(on, x, low, wide, on.random.uniform(*heights), on.random.choice(colours))
        x += wide + on.random.choice((0, 0, 0.6))


def tree(on: Canvas, x: float, low: float, high: float, colour: str) -> None:
    """Put a fir."""
    on.rect(x - high * 0.025, low - high * 0.2, high * 0.05, high * 0.2, mixed(on.palette.wood, on.palette.dark, 0.5))
    for step in range(4):
        top, wide = low - high + step * high * 0.19, high * (0.1 + 0.055 * step)
        on.poly([(x, top), (x + wide, top + high * 0.3), (x - wide, top + high * 0.3)], colour)
        on.poly(
            [(x, top), (x + wide, top + high * 0.3), (x + wide * 0.2, top + high * 0.3)],
            mixed(colour, on.palette.dark, 0.25),
        )


def facades(on: Canvas) -> list[str]:
    """Return wall colours that go together."""
    p = on.palette
    return [mixed(p.wall, p.near, share) for share in (0.12, 0.3)] + [
        mixed(each, p.near, 0.35) for each in (p.accent, p.cloth, p.sky_low, p.light)
    ]


def riverside(on: Canvas) -> None:
    """Paint a town along its river at dusk."""
    p = on.palette
    sky(on, 66, (on.random.uniform(90, 122), 40))
    hills(on, 44, 5, p.far, 66)
    hills(on, 53, 3, p.middle, 66)
    tower(on, on.random.uniform(24, 44), 62, 6, 30, mixed(p.middle, p.wall, 0.3))
    row(on, 63, [mixed(each, p.middle, 0.45) for each in facades(on)], (9, 17))
    row(on, 66, facades(on), (7, 12))
    on.rect(0, 65.6, 150, 1.6, mixed(p.near, p.wall, 0.2))
    on.water(67, 100, p.near)
    for x in range(6, 150, 16):
        on.line([(x, 66), (x, 60.5)], p.dark, 0.3)
        on.glow(x, 60, 4, p.light, 0.8)
        on.disc(x, 60, 0.6, 0.6, p.light)
    boat(on, on.random.uniform(40, 70), 84, 1.1)


def boat(on: Canvas, x: float, y: float, size: float) -> None:
    """Put a small sailing boat on the water."""
    p, s = on.palette, size
    on.disc(x, y + 2.4 * s, 9 * s, 0.9 * s, mixed(p.near, p.dark, 0.6))
    on.poly([(x - 8 * s, y - s), (x + 8 * s, y - s), (x + 5.5 * s, y + 2.4 * s), (x - 6 * s, y + 2.4 * s)], p.dark)
    on.line([(x - 8 * s, y - 0.8 * s), (x + 8 * s, y - 0.8 * s)], p.accent, 0.6 * s)
    on.line([(x, y - s), (x, y - 18 * s)], p.dark, 0.4 * s)
    on.poly(
        [(x + 0.5 * s, y - 17 * s), (x + 7 * s, y - 3 * s), (x + 0.5 * s, y - 3 * s)], mixed(p.wall, p.sky_low, 0.3)
    )
    on.poly(
        [(x - 0.5 * s, y - 15 * s), (x - 5 * s, y - 3 * s), (x - 0.5 * s, y - 3 * s)], mixed(p.wall, p.accent, 0.35)
    )


def street(on: Canvas) -> None:
    """Paint an old street that leads to a tower in the evening sun."""
    p = on.palette
    sky(on, 80, (75, 42))
    hills(on, 60, 3, p.far)
    tower(on, 70, 76, 9, 36, mixed(p.middle, p.wall, 0.25))
    on.poly([(62, 72), (88, 72), (150, 100), (0, 100)], mixed(p.sky_low, p.near, 0.45))
    for i in range(1, 9):
        y = 72 + 28 * (i / 9) ** 1.6
        on.line([(62 - (y - 72) * 2.2, y), (88 + (y - 72) * 2.2, y)], mixed(p.sky_low, p.near, 0.58), 0.12 + i * 0.03)
    walls = facades(on)
    on.random.shuffle(walls)
    for side in (1, -1):
        for i, (a, b) in enumerate(((62, 53), (53, 40), (40, 22), (22, -6))):
            _front(on, side, a, b, walls[(i + (side < 0) * 2) % len(walls)])
    on.veil([(0, 100), (62, 72), (70, 72), (66, 100)], p.dark, 0.34, 1.2)
    on.line([(75, 0), (75, 0)], p.dark, 0.1)


def _front(on: Canvas, side: int, a: float, b: float, wall: str) -> None:
    """Paint a house front of the street between two distances from the left edge; mirrored when side is -1."""
    p = on.palette
    wall = mixed(wall, p.dark, 0.22) if side > 0 else mixed(wall, p.sun, 0.12)

    def at(x: float, share: float) -> tuple[float, float]:
        depth = (62 - x) / 68
        ground, top = 72 + 28 * depth, 42 - 44 * depth + crown
        return (x if side > 0 else 150 - x, ground + (top - ground) * share)

    crown = on.random.uniform(-3, 4)
    on.poly([at(a, 0), at(a, 1), at(b, 1), at(b, 0)], wall)
    on.poly([at(a, 0.99), at(a, 1.05), at(b, 1.05), at(b, 0.99)], mixed(p.accent, p.dark, 0.35))
    count = 2 if a - b < 14 else 3
    for i in range(count):
        for floor in (0.34, 0.56, 0.78):
            x0, x1 = a + (b - a) * (i + 0.3) / count, a + (b - a) * (i + 0.7) / count
            lit = on.random.random() < 0.55
            pane = p.light if lit else mixed(wall, p.dark, 0.5)
            on.poly([at(x0, floor), at(x0, floor + 0.13), at(x1, floor + 0.13), at(x1, floor)], pane)
    x0, x1 = a + (b - a) * 0.36, a + (b - a) * 0.64
    on.poly([at(x0, 0), at(x0, 0.2), at(x1, 0.2), at(x1, 0)], mixed(p.wood, p.dark, 0.3))
    on.poly([at(a, 0.24), at(a, 0.27), at(b, 0.27), at(b, 0.24)], mixed(p.cloth, wall, 0.2))


def harbour(on: Canvas) -> None:
    """Paint a harbour with sails and a light tower."""
    p = on.palette
    sky(on, 62, (on.random.uniform(40, 60), 36))
    hills(on, 50, 4, p.far, 62)
    row(on, 60, facades(on), (7, 13))
    on.poly([(112, 62), (124, 57), (150, 55), (150, 62)], p.near)
    on.poly([(130, 57), (131.4, 30), (136.6, 30), (138, 57)], mixed(p.wall, p.sun, 0.4))
    on.poly([(130.4, 48), (130.9, 39), (137.1, 39), (137.6, 48)], p.accent)
    on.glow(134, 27, 14, p.light, 0.9)
    on.rect(131.6, 25, 4.8, 5, p.light)
    on.poly([(130.6, 25), (134, 20.5), (137.4, 25)], p.dark)
    on.rect(0, 60, 150, 2, p.near)
    on.water(62, 100, p.near)
    for x, y, size in ((98, 70, 0.8), (28, 76, 1.1), (76, 86, 1.6)):
        boat(on, x + on.random.uniform(-6, 6), y, size)


def forest(on: Canvas) -> None:
    """Paint a house in the woods by a lake."""
    p = on.palette
    sky(on, 66, (108, 30))
    hills(on, 44, 5, p.far, 72)
    for colour, low, high, step in ((p.middle, 66, 22, 5), (mixed(p.middle, p.near, 0.6), 69, 30, 8)):
        for x in range(-2, 155, step):
            tree(on, x + on.random.uniform(-2, 2), low, high * on.random.uniform(0.7, 1.2), colour)
    on.fade(0, 66, 150, 12, mixed(p.near, p.sky_low, 0.25), p.near)
    wall = mixed(p.wood, p.wall, 0.15)
    on.glow(70, 62, 30, p.light, 0.5)
    on.rect(52, 50, 38, 22, wall)
    for y in range(52, 72, 2):
        on.line([(52, y), (90, y)], mixed(wall, p.dark, 0.16), 0.2)
    on.poly([(48, 51), (71, 30), (94, 51)], mixed(p.dark, p.accent, 0.3))
    on.poly([(55, 50), (71, 35.4), (87, 50)], wall)
    on.rect(82, 32, 4, 11, mixed(p.near, p.wall, 0.25))
    for x, y, wide, high in ((56, 56, 8, 8), (78, 56, 8, 8), (67, 41, 8, 7), (67.5, 57, 7, 15)):
        on.rect(x - 0.6, y - 0.6, wide + 1.2, high + 1.2, mixed(p.wall, "#ffffff", 0.4))
        on.rect(x, y, wide, high, p.light)
        on.rect(x + wide / 2 - 0.25, y, 0.5, high, mixed(p.wall, p.wood, 0.4))
    on.rect(48, 72, 46, 1.8, mixed(p.wood, p.dark, 0.2))
    on.water(76, 100, p.near, 0.36)
    for x in (6, 20, 130, 143):
        tree(on, x, 90 + on.random.uniform(-2, 4), on.random.uniform(48, 68), mixed(p.near, p.dark, 0.6))


def dunes(on: Canvas) -> None:
    """Paint dunes before the sea."""
    p = on.palette
    sky(on, 52, (on.random.uniform(50, 70), 44))
    on.fade(0, 52, 150, 30, mixed(p.sky_low, p.middle, 0.5), p.near)
    for i in range(14):
        y = 53 + i * 1.3
        on.disc(60 + on.random.uniform(-3, 3), y, 4 + i * 0.7, 0.26, mixed(p.sun, p.sky_low, 0.2))
    for y in (66, 69, 71.5):
        on.line([(x, y + 0.5 * sin(x / 7 + y)) for x in range(152)], mixed(p.wall, "#ffffff", 0.6), 0.35)
    boat(on, 108, 57, 0.55)
    sand = mixed(p.wall, p.sun, 0.3)
    hills(on, 74, 1.2, mixed(sand, p.middle, 0.25))
    on.poly([(60, 100), (84, 84), (110, 68), (132, 62), (152, 60), (152, 100)], sand)
    on.poly([(60, 100), (84, 84), (110, 68), (114, 74), (104, 88), (112, 100)], mixed(sand, p.middle, 0.42))
    on.poly([(0, 100), (0, 70), (14, 72), (36, 82), (58, 100)], mixed(sand, p.accent, 0.1))
    on.poly([(0, 100), (0, 82), (20, 87), (40, 100)], mixed(sand, p.middle, 0.4))
    for i in range(7):
        x = 50 + i * 4.2
        on.line([(x, 99 - i * 2.6), (x, 92 - i * 2.4)], mixed(p.wood, p.dark, 0.3), 0.7)
    on.line([(48, 95), (78, 78)], mixed(p.wood, p.dark, 0.3), 0.5)
    for x, y in ((8, 74), (22, 80), (120, 68), (136, 66), (146, 78), (128, 90), (12, 94)):
        for _ in range(16):
            lean, high = on.random.uniform(-5, 6), on.random.uniform(5, 11)
            green = mixed("#6f8055", p.dark, on.random.uniform(0.1, 0.5))
            on.line([(x, y + 2), (x + lean * 0.3, y - high * 0.5), (x + lean, y - high)], green, 0.28)
