"""A sheet to paint on: 150 wide and 100 high whatever its pixels, drawn at twice its size so that edges are clean."""

from collections.abc import Sequence
from io import BytesIO
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

from .palettes import Palette

SCALE: Final = 2
QUALITY: Final = 82
Point = tuple[float, float]
Colour = tuple[int, int, int]


def mixed(one: str, other: str, share: float) -> str:
    """Return a colour between two, `share` (0 to 1) of the way to the other."""
    pairs = zip(ImageColor.getrgb(one), ImageColor.getrgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


class Canvas:
    """The sheet, its colours, and the chance that makes one picture differ from the next."""

    def __init__(self, *, palette: Palette, random: Random, width: int) -> None:
        """Begin an empty sheet `width` pixels wide in the end, two thirds as high."""
        self.palette, self.random = palette, random
        self.final = (width, round(width * 2 / 3))
        self.unit = width * SCALE / 150
        self.image = Image.new("RGB", (self.final[0] * SCALE, self.final[1] * SCALE), palette.sky_low)
        self.pen = ImageDraw.Draw(self.image)

    def _at(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.unit, y * self.unit) for x, y in points]

    def rect(self, x: float, y: float, wide: float, high: float, colour: str, radius: float = 0) -> None:
        """Fill a rectangle from its upper left corner."""
        box = (x * self.unit, y * self.unit, (x + wide) * self.unit, (y + high) * self.unit)
        self.pen.rounded_rectangle(box, radius * self.unit, colour)

    def poly(self, points: Sequence[Point], colour: str) -> None:
        """Fill a polygon."""
        self.pen.polygon(self._at(points), colour)

    def disc(self, x: float, y: float, wide: float, high: float, colour: str) -> None:
        """Fill an ellipse around its middle, given its two radii."""
        self.pen.ellipse(
            ((x - wide) * self.unit, (y - high) * self.unit, (x + wide) * self.unit, (y + high) * self.unit), colour
        )

    def line(self, points: Sequence[Point], colour: str, wide: float) -> None:
        """Draw a line with round joints."""
        self.pen.line(self._at(points), colour, max(1, round(wide * self.unit)), joint="curve")

    def fade(self, x: float, y: float, wide: float, high: float, top: str, low: str) -> None:
        """Fill a rectangle from one colour to another, downwards."""
        box = [round(each * self.unit) for each in (x, y, x + wide, y + high)]
        size = (box[2] - box[0], box[3] - box[1])
        mask = Image.linear_gradient("L").resize(size)
        self.image.paste(
            Image.composite(Image.new("RGB", size, low), Image.new("RGB", size, top), mask), (box[0], box[1])
        )

    def glow(self, x: float, y: float, radius: float, colour: str, strength: float = 0.6) -> None:
        """Let light fall around a point; `strength` 0 to 1 at its middle."""
        size = round(radius * 2 * self.unit)
        light = Image.radial_gradient("L").point([round(max(0, 1 - i / 181) ** 2 * 255 * strength) for i in range(256)])
        place = (round((x - radius) * self.unit), round((y - radius) * self.unit))
        self.image.paste(Image.new("RGB", (size, size), colour), place, light.resize((size, size)))

    def veil(self, points: Sequence[Point], colour: str, strength: float, blur: float = 0) -> None:
        """Lay a translucent polygon over what is there: a shadow or a beam, with soft edges if blurred."""
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon(self._at(points), round(strength * 255))
        if blur:
            small = mask.resize((mask.width // 4, mask.height // 4))
            mask = small.filter(ImageFilter.GaussianBlur(blur * self.unit / 4)).resize(mask.size)
        self.image.paste(Image.new("RGB", self.image.size, colour), (0, 0), mask)

    def water(self, y: float, low: float, tint: str, share: float = 0.42) -> None:
        """Mirror what stands above y down to `low`, tinted, with ripples that widen towards the viewer."""
        top, high = round(y * self.unit), round((low - y) * self.unit)
        mirror = self.image.crop((0, top - high, self.image.width, top)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        mirror = mirror.resize((mirror.width // 4, mirror.height // 8)).resize(mirror.size)
        mirror = Image.blend(mirror, Image.new("RGB", mirror.size, tint), share)
        for row in range(0, high, 6):
            depth = row / high
            shift = round(self.random.uniform(-1, 1) * (0.25 + depth) * self.unit)
            band = mirror.crop((0, row, mirror.width, min(row + 6, high)))
            self.image.paste(ImageChops.offset(band, shift, 0), (0, top + row))
        bright = mixed(self.palette.sky_low, self.palette.light, 0.4)
        for _ in range(46):
            depth = self.random.random() ** 1.4
            x, wide = self.random.uniform(-5, 150), self.random.uniform(2, 9) * (0.4 + depth)
            self.disc(x, y + 1 + depth * (low - y - 1), wide, 0.08 + 0.14 * depth, mixed(tint, bright, 0.45))

    def jpeg(self) -> bytes:
        """Return the finished picture with a little grain, the same bytes each time."""
        picture = self.image.resize(self.final, Image.Resampling.LANCZOS)
        tile = Image.frombytes("L", (256, 256), self.random.randbytes(65536)).point([118 + i // 13 for i in range(256)])
        grain = Image.new("L", self.final)
        for x in range(0, self.final[0], 256):
            for y in range(0, self.final[1], 256):
                grain.paste(tile, (x, y))
        picture = ImageChops.overlay(picture, Image.merge("RGB", (grain,) * 3))
        written = BytesIO()
        picture.save(written, "JPEG", quality=QUALITY, optimize=True, progressive=True)
        return written.getvalue()
