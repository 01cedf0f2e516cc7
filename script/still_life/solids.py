"""Turned bodies: a profile spun round its axis, seen from a little above, shaded ring by ring."""

# ruff: noqa: E501 (a path stays in one piece)

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from still_life.light import VIEW, Paint, Rgb, lit, mix, polished, tone, turned_normal
from still_life.scene import Scene

Point = tuple[float, float]  #: radius, height
_STOPS = 19


@dataclass(frozen=True)
class Profile:
    """The outline of a turned body from foot to rim: radius by height, heights rising."""

    points: tuple[Point, ...]

    @property
    def top(self) -> float:
        return self.points[-1][1]

    @property
    def rim(self) -> float:
        return self.points[-1][0]

    def radius(self, height: float) -> float:
        """The radius at a height."""
        for (r0, h0), (r1, h1) in pairwise(self.points):
            if h0 <= height <= h1:
                return r0 if h1 == h0 else r0 + (r1 - r0) * (height - h0) / (h1 - h0)
        return self.points[0][0] if height < self.points[0][1] else self.rim

    def slope(self, height: float, span: float = 3.0) -> float:
        low, high = max(self.points[0][1], height - span), min(self.top, height + span)
        return (self.radius(high) - self.radius(low)) / max(0.01, high - low)

    def part(self, low: float, high: float) -> "Profile":
        """The body between two heights."""
        inner = [point for point in self.points if low < point[1] < high]
        return Profile(((self.radius(low), low), *inner, (self.radius(high), high)))

    def inset(self, wall: float) -> "Profile":
        """The same outline, thinner by a wall."""
        return Profile(tuple((max(1.0, r - wall), h) for r, h in self.points))

    def outline(self, view: float = VIEW, *, at: float = 0.0) -> str:
        """The silhouette as a path."""
        r0, h0 = self.points[0]
        right = " ".join(f"L{at + r:.2f} {-h:.2f}" for r, h in self.points)
        left = " ".join(f"L{at - r:.2f} {-h:.2f}" for r, h in reversed(self.points))
        top = f"A{self.rim:.2f} {self.rim * view:.2f} 0 0 0 {at - self.rim:.2f} {-self.top:.2f}"
        foot = f"A{r0:.2f} {r0 * view:.2f} 0 0 0 {at + r0:.2f} {-h0:.2f}"
        return f"M{at + r0:.2f} {-h0:.2f} {right} {top} {left} {foot}Z"


def curve(*points: Point, steps: int = 14) -> Profile:
    """A smooth profile through the points; a point given twice is a corner."""
    out: list[Point] = []
    runs: list[list[Point]] = [[]]
    for point in points:
        if runs[-1] and runs[-1][-1] == point:
            runs.append([point])
        else:
            runs[-1].append(point)
    for run in runs:
        out.extend(_spline(run, steps) if len(run) > 2 else run)
    heights: list[Point] = []
    for r, h in out:
        if not heights or h >= heights[-1][1] + 0.4:
            heights.append((max(0.5, r), h))
    return Profile(tuple(heights))


def _spline(run: Sequence[Point], steps: int) -> list[Point]:
    knots = [run[0], *run, run[-1]]
    out = [run[0]]
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        for step in range(1, steps + 1):
            t = step / steps
            weights = (-t + 2 * t * t - t**3, 2 - 5 * t * t + 3 * t**3, t + 4 * t * t - 3 * t**3, -t * t + t**3)
            mixed = [sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) / 2 for axis in (0, 1)]
            out.append((mixed[0], mixed[1]))
    return out


def plain(colour: Rgb) -> Paint:
    """One colour at every height."""
    return lambda _height: colour


def blend(*bands: tuple[float, Rgb]) -> Paint:
    """Colours at heights, melting into each other."""

    def paint(height: float) -> Rgb:
        for (h0, c0), (h1, c1) in pairwise(bands):
            if height <= h0:
                return c0
            if height < h1:
                t = (height - h0) / (h1 - h0)
                return mix(c0, c1, t * t * (3 - 2 * t))
        return bands[-1][1]

    return paint


def turn(
    scene: Scene,
    profile: Profile,
    paint: Paint | Rgb,
    *,
    at: float = 0.0,
    gloss: float = 0.0,
    power: float = 40.0,
    depth: float = 1.0,
    flutes: int = 0,
    relief: float = 0.5,
    glow: Callable[[float, float], Rgb] | None = None,
    metal: bool = False,
    view: float = VIEW,
) -> None:
    """Draw the body, rings stacked from the foot upwards so that each covers what it hides.

    `flutes` counts the ribs all round; `glow` (distance from the axis, height) replaces the light on
    bodies that shine themselves; `metal` polishes.
    """
    colour = paint if callable(paint) else plain(paint)
    across = _stations(flutes)
    parts: list[str] = []
    for (r0, h0), (r1, h1) in pairwise(profile.points):
        middle = (h0 + h1) / 2
        slope = profile.slope(middle)
        base = colour(middle)
        stops = []
        for u in across:
            if glow:
                stops.append(((u + 1) / 2, glow(u * (r0 + r1) / 2, middle), 1.0))
                continue
            if metal:
                stops.append(((u + 1) / 2, polished(base, turned_normal(u, slope)), 1.0))
                continue
            leaned = u
            if flutes:
                angle = math.acos(max(-1.0, min(1.0, u)))
                leaned = math.cos(min(math.pi, max(0.0, angle + relief * math.sin(angle * flutes))))
            stops.append(
                ((u + 1) / 2, lit(base, turned_normal(leaned, slope), gloss=gloss, power=power, depth=depth), 1.0)
            )
        widest = max(r0, r1)
        fill = scene.gradient(stops, (at - widest, 0, at + widest, 0))
        parts.append(f'<path d="{_ring(at, (r0, -h0 + 0.4), (r1, -h1), view)}" fill="{fill}"/>')
    scene.draw("".join(parts))


def _ring(at: float, lower: Point, upper: Point, view: float) -> str:
    """The hull of two level circles, the lower first: two arcs joined by their tangents."""
    (r0, y0), (r1, y1) = lower, upper
    lean = (r1 - r0) * view / max(0.01, y0 - y1)
    if abs(lean) >= 1:
        r, y = (r0, y0) if r0 > r1 else (r1, y1)
        return f"M{at - r:.2f} {y:.2f}A{r:.2f} {r * view:.2f} 0 1 0 {at + r:.2f} {y:.2f}A{r:.2f} {r * view:.2f} 0 1 0 {at - r:.2f} {y:.2f}Z"
    side = math.sqrt(1 - lean * lean)
    x0, d0, x1, d1 = r0 * side, y0 + r0 * view * lean, r1 * side, y1 + r1 * view * lean
    return (
        f"M{at - x0:.2f} {d0:.2f}A{r0:.2f} {r0 * view:.2f} 0 {int(lean < 0)} 0 {at + x0:.2f} {d0:.2f}"
        f"L{at + x1:.2f} {d1:.2f}A{r1:.2f} {r1 * view:.2f} 0 {int(lean > 0)} 0 {at - x1:.2f} {d1:.2f}Z"
    )


def _stations(flutes: int) -> list[float]:
    count = flutes * 4 if flutes else _STOPS + 5
    return [-math.cos(math.pi * i / count) for i in range(count + 1)]


def ellipse(r: float, h: float, attributes: str, *, at: float = 0.0, view: float = VIEW) -> str:
    """A level circle at a height."""
    return f'<ellipse cx="{at:.2f}" cy="{-h:.2f}" rx="{r:.2f}" ry="{r * view:.2f}" {attributes}/>'


def lid(
    scene: Scene, r: float, h: float, colour: Rgb, *, at: float = 0.0, gloss: float = 0.0, view: float = VIEW
) -> None:
    """A level top, catching the light from the left."""
    near = lit(colour, (0, 1, 0), gloss=gloss)
    fill = scene.gradient([(0, tone(near, 1.05), 1), (1, tone(near, 0.93), 1)], (at - r, 0, at + r, 0))
    scene.draw(ellipse(r, h, f'fill="{fill}"', at=at, view=view))


def mouth(
    scene: Scene,
    r: float,
    h: float,
    colour: Rgb,
    *,
    wall: float = 6.0,
    inside: Rgb | None = None,
    deep: float = 0.62,
    at: float = 0.0,
    view: float = VIEW,
) -> None:
    """The opening of a vessel: a rim of the wall's width and the dark inside, lit on its right."""
    rim = lit(colour, (-0.2, 0.95, 0.2))
    scene.draw(
        ellipse(
            r,
            h,
            f'fill="{scene.gradient([(0, tone(rim, 1.10), 1), (1, tone(rim, 0.92), 1)], (at - r, 0, at + r, 0))}"',
            at=at,
            view=view,
        )
    )
    inner = r - wall
    base = inside or colour
    stops = [((u + 1) / 2, tone(lit(base, (-u, 0.0, math.sqrt(max(0.0, 1 - u * u)))), deep), 1.0) for u in _stations(0)]
    y = -h + wall * view * 0.3
    fill = scene.gradient(stops, (at - inner, 0, at + inner, 0))
    scene.draw(f'<ellipse cx="{at:.2f}" cy="{y:.2f}" rx="{inner:.2f}" ry="{inner * view:.2f}" fill="{fill}"/>')
    veil = scene.gradient(
        [(0, (0, 0, 0), 0.0), (1, (0.05, 0.03, 0.02), 0.42)], (0, y - inner * view, 0, y + inner * view)
    )
    scene.draw(f'<ellipse cx="{at:.2f}" cy="{y:.2f}" rx="{inner:.2f}" ry="{inner * view:.2f}" fill="{veil}"/>')


def hollow(
    scene: Scene,
    inner: Profile,
    paint: Paint | Rgb,
    *,
    gloss: float = 0.0,
    at: float = 0.0,
    view: float = VIEW,
    depth: float = 0.85,
    metal: bool = False,
) -> None:
    """The inside of an open bowl or dish, down to its floor, drawn from the rim downwards within the opening."""
    colour = paint if callable(paint) else plain(paint)
    parts: list[str] = []
    for r, h in reversed(inner.points):
        slope = inner.slope(h)
        floor = h - inner.points[0][1] < 1.0
        stops = []
        for u in _stations(0):
            x, up, z = turned_normal(u, slope)
            normal = (0.0, 1.0, 0.0) if floor else (-x, abs(up), z)
            shadow = 1 - 0.20 * (1 - (h - inner.points[0][1]) / max(1.0, inner.top - inner.points[0][1])) * (1 - u) / 2
            wall = polished(colour(h), normal) if metal else lit(colour(h), normal, gloss=gloss, depth=depth)
            stops.append(((u + 1) / 2, tone(wall, shadow), 1.0))
        parts.append(ellipse(r, h, f'fill="{scene.gradient(stops, (at - r, 0, at + r, 0))}"', at=at, view=view))
    y, r = -inner.top, inner.rim
    opening = f"M{at - r:.2f} {y:.2f}A{r:.2f} {r * view:.2f} 0 1 1 {at + r:.2f} {y:.2f}A{r:.2f} {r * view:.2f} 0 1 1 {at - r:.2f} {y:.2f}Z"
    scene.draw(scene.clipped(opening, "".join(parts)))


def wrap(
    profile: Profile,
    height: Callable[[float], float] | float,
    *,
    start: float = 0.0,
    end: float = math.pi,
    at: float = 0.0,
    steps: int = 60,
    view: float = VIEW,
) -> str:
    """A line drawn round the front: `height` by angle, 0 at the right edge, pi at the left."""
    points = []
    for i in range(steps + 1):
        angle = start + (end - start) * i / steps
        h = height(angle) if callable(height) else height
        r = profile.radius(h)
        points.append(f"{at + r * math.cos(angle):.2f} {-h + r * view * math.sin(angle):.2f}")
    return "M" + "L".join(points)


def wave(level: float, *terms: tuple[float, float, float]) -> Callable[[float], float]:
    """A height by angle for `wrap`: a level that sways by terms of (rise, waves, phase)."""
    return lambda angle: level + sum(rise * math.sin(angle * waves + phase) for rise, waves, phase in terms)


def meridian(
    profile: Profile,
    angle: float,
    *,
    low: float | None = None,
    high: float | None = None,
    at: float = 0.0,
    view: float = VIEW,
) -> str:
    """A line drawn up the body at one angle."""
    first = profile.points[0][1] if low is None else low
    last = profile.top if high is None else high
    heights = [first, *(h for _, h in profile.points if first < h < last), last]
    points = [
        f"{at + profile.radius(h) * math.cos(angle):.2f} {-h + profile.radius(h) * view * math.sin(angle):.2f}"
        for h in heights
    ]
    return "M" + "L".join(points)


def strokes(paths: Iterable[str], colour: str, width: float, opacity: float = 1.0, cap: str = "round") -> str:
    """Lines of one pen."""
    return f'<path d="{" ".join(paths)}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-opacity="{opacity}" stroke-linecap="{cap}" stroke-linejoin="round"/>'


def sweep(
    scene: Scene,
    spine: Sequence[tuple[float, float]],
    radii: Sequence[float],
    colour: Rgb,
    *,
    gloss: float = 0.0,
    power: float = 30.0,
    steps: int = 22,
    metal: bool = False,
) -> None:
    """A round bar along a smooth line through points (x, y as on the page), its radius running through `radii`."""
    legs = [math.dist(a, b) for a, b in pairwise(spine)]
    dots = _spline(spine, max(steps, round(max(legs) / 1.4)))
    parts: list[str] = []
    last = len(dots) - 1
    for i, (x, y) in enumerate(dots):
        before, after = dots[max(0, i - 1)], dots[min(last, i + 1)]
        length = math.hypot(after[0] - before[0], after[1] - before[1]) or 1.0
        across = (-(after[1] - before[1]) / length, (after[0] - before[0]) / length)
        place = i / last * (len(radii) - 1)
        low = min(int(place), len(radii) - 2)
        r = radii[low] + (radii[low + 1] - radii[low]) * (place - low)
        stops = []
        for station in range(9):
            u = -math.cos(math.pi * station / 8)
            normal = (across[0] * u, -across[1] * u, math.sqrt(max(0.0, 1 - u * u)))
            shade = polished(colour, normal) if metal else lit(colour, normal, gloss=gloss, power=power)
            stops.append(((u + 1) / 2, shade, 1.0))
        fill = scene.gradient(stops, (x - across[0] * r, y - across[1] * r, x + across[0] * r, y + across[1] * r))
        parts.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{r:.2f}" fill="{fill}"/>')
    scene.draw("".join(parts))


def speckle(
    scene: Scene,
    clip: str,
    box: tuple[float, float, float, float],
    seed: int,
    *,
    count: int = 260,
    colour: str = "#2c241b",
    opacity: float = 0.35,
) -> None:
    """Iron specks in a glaze; the same seed gives the same specks."""
    state = seed * 7919 + 17
    parts = []
    x0, y0, x1, y1 = box
    for _ in range(count):
        numbers = []
        for _ in range(3):
            state = (state * 1103515245 + 12345) % 2147483648
            numbers.append(state / 2147483648)
        r = 0.5 + 1.5 * numbers[2] ** 3
        parts.append(
            f"M{x0 + (x1 - x0) * numbers[0]:.1f} {y0 + (y1 - y0) * numbers[1]:.1f}m{-r:.2f} 0a{r:.2f} {r:.2f} 0 1 0 {2 * r:.2f} 0a{r:.2f} {r:.2f} 0 1 0 {-2 * r:.2f} 0"
        )
    scene.draw(scene.clipped(clip, f'<path d="{" ".join(parts)}" fill="{colour}" fill-opacity="{opacity}"/>'))
