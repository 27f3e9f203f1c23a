"""Rooms: a wall, a floor, a window with a view, and what stands there."""

from .canvas import Canvas, mixed


def shell(on: Canvas) -> None:
    """Paint wall and floor."""
    p = on.palette
    on.fade(0, 0, 150, 74, mixed(p.wall, p.dark, 0.16), p.wall)
    on.fade(0, 74, 150, 26, mixed(p.wood, p.wall, 0.25), mixed(p.wood, p.dark, 0.25))
    for at in range(-8, 16):
        on.line([(75 + at * 9, 74), (75 + at * 17, 100)], mixed(p.wood, p.dark, 0.2), 0.14)
    on.rect(0, 72.4, 150, 1.6, mixed(p.wall, "#ffffff", 0.5))


def window(on: Canvas, x: float, y: float, wide: float, high: float, panes: int = 2) -> None:
    """Open a window with hills, a sun and water behind it, curtains, and its light on the floor."""
    p = on.palette
    frame = mixed(p.wall, "#ffffff", 0.75)
    on.rect(x - 1.4, y - 1.4, wide + 2.8, high + 2.8, frame)
    on.fade(x, y, wide, high * 0.72, mixed(p.sky_top, p.sky_low, 0.25), p.sky_low)
    on.disc(x + wide * 0.66, y + high * 0.45, high * 0.09, high * 0.09, p.sun)
    base = y + high * 0.72
    for colour, lift, step in ((p.far, 0.24, 0.34), (p.middle, 0.15, 0.25)):
        tops = [(x + wide * min(1, i * step), base - high * lift * on.random.uniform(0.4, 1)) for i in range(5)]
        on.poly([(x, base), *tops, (x + wide, base)], colour)
    on.fade(x, base, wide, high * 0.28, mixed(p.sky_low, p.middle, 0.35), p.near)
    for i in range(7):
        on.rect(x + wide * (0.58 + 0.02 * (i % 3)), base + high * (0.02 + 0.035 * i), wide * 0.16, high * 0.008, p.sun)
    for i in range(1, panes):
        on.rect(x + wide * i / panes - 0.5, y, 1, high, frame)
    on.rect(x - 3, y + high + 1, wide + 6, 1.6, mixed(frame, p.dark, 0.06))
    curtain = mixed(p.cloth, p.wall, 0.55)
    for side, inward in ((x - 8, 1), (x + wide + 8, -1)):
        on.poly([(side, y - 5), (side + inward * 13, y - 5), (side + inward * 9, 72), (side - inward, 72)], curtain)
        for fold in (3, 6, 9):
            on.line(
                [(side + inward * fold, y - 5), (side + inward * fold * 0.7, 72)], mixed(curtain, p.dark, 0.12), 0.5
            )
    on.rect(x - 11, y - 6.2, wide + 22, 1.1, p.wood, 0.5)
    lit = [(x + 4, 79), (x + wide + 2, 79), (x + wide + 20, 98), (x + 16, 98)]
    on.veil(lit, p.sun, 0.34, 0.9)


def lamp(on: Canvas, x: float, y: float, size: float = 1) -> None:
    """Put a lit table lamp with its foot at a point."""
    p = on.palette
    on.glow(x, y - 10 * size, 26 * size, p.light, 0.7)
    on.rect(x - 0.4 * size, y - 9 * size, 0.8 * size, 9 * size, p.dark)
    on.disc(x, y, 2.4 * size, 0.7 * size, p.dark)
    s = size
    on.poly(
        [(x - 2.4 * s, y - 14 * s), (x + 2.4 * s, y - 14 * s), (x + 4 * s, y - 8 * s), (x - 4 * s, y - 8 * s)], p.light
    )


def hanging(on: Canvas, x: float, y: float) -> None:
    """Hang a lit lamp over a table."""
    p = on.palette
    on.line([(x, 0), (x, y)], p.dark, 0.3)
    on.glow(x, y + 3, 24, p.light, 0.6)
    on.poly([(x - 1, y - 2), (x + 1, y - 2), (x + 5, y + 3), (x - 5, y + 3)], p.accent)
    on.disc(x, y + 3, 3, 0.8, p.light)


def plant(on: Canvas, x: float, y: float, size: float = 1) -> None:
    """Put a plant in a pot, its foot at a point."""
    p = on.palette
    on.disc(x, y, 7 * size, 1, mixed(p.wood, p.dark, 0.5))
    for i in range(9):
        lean = (i - 4) * 3.2 * size
        top = y - (20 - abs(i - 4) * 1.7) * size
        mid = (x + lean * 0.35, y - 13 * size)
        green = mixed("#4f7a5a", p.dark, on.random.uniform(0, 0.5))
        on.poly(
            [(x, y - 6 * size), (mid[0] - 1.6 * size, mid[1]), (x + lean, top), (mid[0] + 1.6 * size, mid[1])], green
        )
    s = size
    on.poly([(x - 4 * s, y - 7 * s), (x + 4 * s, y - 7 * s), (x + 3 * s, y), (x - 3 * s, y)], p.accent)
    on.poly([(x + s, y - 7 * s), (x + 4 * s, y - 7 * s), (x + 3 * s, y), (x + s, y)], mixed(p.accent, p.dark, 0.2))


def picture(on: Canvas, x: float, y: float, wide: float, high: float) -> None:
    """Hang a framed picture."""
    p = on.palette
    on.veil(
        [(x + 1, y + 1), (x + wide + 1, y + 1), (x + wide + 1, y + high + 1), (x + 1, y + high + 1)], p.dark, 0.25, 0.6
    )
    on.rect(x, y, wide, high, p.wood)
    on.rect(x + 0.8, y + 0.8, wide - 1.6, high - 1.6, mixed(p.wall, "#ffffff", 0.6))
    on.rect(x + 2.4, y + 2.4, wide - 4.8, high - 4.8, p.sky_low)
    on.disc(x + wide * 0.6, y + high * 0.42, high * 0.12, high * 0.12, p.accent)
    low = y + high - 2.4
    on.poly(
        [(x + 2.4, low), (x + 2.4, low - high * 0.2), (x + wide * 0.45, low - high * 0.32), (x + wide - 2.4, low)],
        p.near,
    )


def bed(on: Canvas, x: float, wide: float, pillows: int = 2) -> None:
    """Make a bed seen from its foot: headboard, pillows, sheet, and a throw across."""
    p = on.palette
    linen = mixed(p.wall, "#ffffff", 0.8)
    shade = mixed(linen, p.near, 0.16)
    on.veil([(x - 3, 88), (x + wide + 7, 88), (x + wide + 14, 95), (x - 3, 95)], p.dark, 0.4, 1)
    on.rect(x - 1.5, 46, wide + 3, 34, mixed(p.wood, p.dark, 0.15), 1.6)
    on.rect(x - 0.3, 47.4, wide + 0.6, 30, p.wood, 1.2)
    each = wide / pillows
    for i in range(pillows):
        on.rect(x + i * each + 1, 55, each - 2, 10, shade, 3)
        on.rect(x + i * each + 1, 54.4, each - 2, 9, linen, 3)
        on.rect(x + i * each + each * 0.24, 58, each * 0.52, 7, mixed(p.cloth, p.wall, 0.25), 2)
    on.poly([(x, 64), (x + wide, 64), (x + wide + 4, 90), (x - 4, 90)], linen)
    on.poly([(x, 64), (x + wide, 64), (x + wide + 0.6, 67), (x - 0.6, 67)], shade)
    on.poly([(x - 2, 76), (x + wide + 2, 76), (x + wide + 3.6, 87), (x - 3.6, 87)], p.cloth)
    for at in (78.5, 84.5):
        on.line([(x - 2.4, at), (x + wide + 2.4, at)], mixed(p.cloth, p.light, 0.45), 0.5)
    on.rect(x - 4, 89.4, wide + 8, 3, mixed(p.wood, p.dark, 0.3), 0.6)


def stand(on: Canvas, x: float) -> None:
    """Put a bedside table with a lit lamp."""
    p = on.palette
    on.rect(x - 5, 68, 10, 17, mixed(p.wood, p.dark, 0.12), 0.6)
    on.rect(x - 5.6, 67, 11.2, 1.6, p.wood, 0.4)
    on.rect(x - 4, 71, 8, 5, p.wood, 0.4)
    on.disc(x, 73.5, 0.5, 0.5, p.light)
    lamp(on, x, 67)


def sofa(on: Canvas, x: float, wide: float) -> None:
    """Put a sofa with cushions."""
    p = on.palette
    seat = mixed(p.cloth, p.dark, 0.1)
    on.veil([(x, 88), (x + wide, 88), (x + wide + 9, 93), (x, 93)], p.dark, 0.4, 1)
    on.rect(x + 2, 62, wide - 4, 22, seat, 3)
    on.rect(x + 4, 73, wide - 8, 10, p.cloth, 2)
    on.line([(x + wide / 2, 73.5), (x + wide / 2, 83)], seat, 0.4)
    for side in (x, x + wide - 6):
        on.rect(side, 69, 6, 18, mixed(p.cloth, p.dark, 0.22), 2.6)
    on.rect(x + 5, 82, wide - 10, 5, seat, 1)
    on.poly([(x + 8, 66), (x + 17, 65), (x + 18, 74), (x + 9, 75)], p.accent)
    on.poly([(x + wide - 17, 65), (x + wide - 8, 66), (x + wide - 9, 75), (x + wide - 18, 74)], p.light)


def table(on: Canvas, x: float, y: float, wide: float) -> None:
    """Lay a round table with two cups, a plate and flowers."""
    p = on.palette
    on.disc(x, y + 18, wide * 0.7, 1.6, mixed(p.wood, p.dark, 0.45))
    on.rect(x - 0.8, y, 1.6, 18, p.dark)
    on.disc(x, y + 1, wide, wide * 0.2, mixed(p.wood, p.dark, 0.25))
    on.disc(x, y, wide, wide * 0.2, mixed(p.wall, "#ffffff", 0.5))
    for side in (-0.5, 0.5):
        on.disc(x + wide * side, y + 0.4, 3, 0.7, "#ffffff")
        on.rect(x + wide * side - 1.1, y - 2, 2.2, 2.3, p.cloth, 0.6)
    on.rect(x - 0.9, y - 4, 1.8, 4, p.cloth, 0.5)
    for dx, dy in ((-2, -7), (0, -8.4), (2, -7)):
        on.line([(x, y - 4), (x + dx, y + dy)], "#4f7a5a", 0.3)
        on.disc(x + dx, y + dy, 1.2, 1.2, p.accent)


def chair(on: Canvas, x: float, way: int) -> None:
    """Put a chair that looks left (-1) or right (1)."""
    p = on.palette
    on.line([(x - way * 4.4, 60), (x - way * 3.6, 92)], mixed(p.wood, p.dark, 0.35), 1)
    on.rect(min(x - way * 4.9, x - way * 3.3), 58, 1.6, 16, mixed(p.wood, p.dark, 0.2), 0.7)
    on.rect(x - 4.6, 75, 9.2, 2.2, p.accent, 1)
    on.line([(x + way * 3.6, 77), (x + way * 4.2, 93)], mixed(p.wood, p.dark, 0.35), 1)


def double(on: Canvas) -> None:
    """Paint a room with a double bed."""
    shell(on)
    window(on, 16, 16, 38, 38)
    picture(on, 92, 16, 24, 19)
    bed(on, 78, 48)
    for at in (70, 135):
        stand(on, at)
    plant(on, 17, 90, 1.2)


def twin(on: Canvas) -> None:
    """Paint a room with two beds."""
    shell(on)
    window(on, 56, 13, 38, 34)
    bed(on, 14, 36, 1)
    bed(on, 100, 36, 1)
    stand(on, 75)
    picture(on, 18, 18, 16, 19)
    picture(on, 116, 18, 16, 19)


def suite(on: Canvas) -> None:
    """Paint a sitting room with a wide view."""
    shell(on)
    window(on, 22, 10, 106, 46, 4)
    on.disc(70, 91, 52, 6, mixed(on.palette.cloth, on.palette.wall, 0.5))
    sofa(on, 30, 56)
    table(on, 112, 76, 10)
    chair(on, 131, -1)
    plant(on, 13, 89, 1.5)


def kitchen(on: Canvas) -> None:
    """Paint a living room with its kitchen."""
    p = on.palette
    shell(on)
    window(on, 12, 16, 34, 36)
    front = mixed(p.cloth, p.dark, 0.15)
    on.rect(72, 22, 70, 16, front, 0.6)
    on.rect(72, 38, 70, 20, mixed(p.wall, "#ffffff", 0.55))
    for i in range(18):
        on.line([(72 + i * 4, 38), (72 + i * 4, 58)], p.wall, 0.18)
    on.rect(72, 60, 70, 26, front)
    on.rect(71, 57.5, 72, 3, p.wood, 0.4)
    for i in range(4):
        for y, high in ((23, 14), (62, 22)):
            on.rect(73 + i * 17.3, y, 16, high, mixed(p.cloth, p.wall, 0.12), 0.5)
            on.rect(80 + i * 17.3, y + (high - 2 if y < 30 else 2), 3, 0.6, p.light, 0.3)
    on.line([(122, 57.5), (122, 50), (126, 50), (126, 52)], p.dark, 0.7)
    on.rect(82, 51, 6, 6.5, p.accent, 0.8)
    on.disc(98, 56.8, 5, 1.2, mixed(p.wood, p.dark, 0.3))
    for dx in (-2, 0.5, 2.6):
        on.disc(98 + dx, 54.8, 1.6, 1.6, p.accent if dx else p.light)
    hanging(on, 58, 34)
    table(on, 58, 78, 13)
    chair(on, 40, 1)
    chair(on, 76, -1)
    plant(on, 11, 91, 1.3)


def family(on: Canvas) -> None:
    """Paint a room with a double bed and bunk beds."""
    p = on.palette
    shell(on)
    window(on, 60, 15, 30, 32)
    bed(on, 10, 44)
    stand(on, 64)
    for y in (44, 70):
        on.rect(104, y, 38, 8, mixed(p.wall, "#ffffff", 0.8), 1)
        on.rect(106, y - 3, 10, 5, mixed(p.wall, "#ffffff", 0.95), 2)
        on.rect(122, y, 20, 8, p.cloth if y == 44 else p.accent, 1)
        on.rect(102, y + 6, 42, 5, p.wood, 0.6)
    for x in (101, 143):
        on.rect(x, 34, 2.4, 58, mixed(p.wood, p.dark, 0.2), 0.6)
    for y in range(48, 90, 8):
        on.rect(97, y, 5, 1.2, mixed(p.wood, p.dark, 0.2), 0.4)
    on.rect(95.6, 44, 1.6, 48, mixed(p.wood, p.dark, 0.2), 0.5)
    picture(on, 22, 18, 20, 16)
    on.disc(84, 91, 4.5, 3.6, p.wood)
    on.disc(84, 85.4, 3, 2.8, p.wood)
    for side in (-2, 2):
        on.disc(84 + side, 83, 1.1, 1.1, p.wood)


def breakfast(on: Canvas) -> None:
    """Paint the breakfast room in the morning."""
    shell(on)
    window(on, 20, 12, 42, 42)
    window(on, 90, 12, 42, 42)
    for at in (40, 112):
        hanging(on, at, 22)
        chair(on, at - 20, 1)
        chair(on, at + 20, -1)
        table(on, at, 74, 14)
    plant(on, 76, 90, 1.2)


def lobby(on: Canvas) -> None:
    """Paint the lobby: the desk, its lamps, and somewhere to wait."""
    p = on.palette
    shell(on)
    window(on, 14, 14, 40, 42)
    on.rect(78, 8, 62, 52, mixed(p.wood, p.dark, 0.2))
    for i in range(5):
        on.rect(80 + i * 12, 10, 10.6, 48, mixed(p.wood, p.dark, 0.05))
    picture(on, 98, 18, 24, 20)
    for at in (88, 132):
        hanging(on, at, 26)
    on.veil([(76, 88), (146, 88), (150, 95), (78, 95)], p.dark, 0.4, 1)
    on.rect(76, 64, 68, 26, p.cloth, 1)
    for i in range(11):
        on.rect(79 + i * 6, 68, 4, 19, mixed(p.cloth, p.dark, 0.14), 0.4)
    on.rect(74, 61, 72, 3.6, mixed(p.wall, "#ffffff", 0.6), 0.8)
    lamp(on, 136, 61, 0.8)
    on.disc(92, 60.4, 2.4, 1.6, p.light)
    sofa(on, 8, 46)
    plant(on, 64, 91, 1.4)
