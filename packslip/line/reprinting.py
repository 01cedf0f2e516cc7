"""What a worker does for a reprint: a slip drawn again by the path that drew it first, a document marked as a copy.

Runs in a limited child process, like `line.pressing`, whose room it uses; loads the press.
"""

from collections.abc import Callable
from pathlib import Path

from packslip.compose import copy_words
from packslip.errors import LayoutError
from packslip.library.fonts import FontFile
from packslip.line.pressed import Copied, Copying, Pressed, Redraw
from packslip.line.pressing import PressRoom
from packslip.model import PressPath, has_errors
from packslip.press.copies import CopyMark, language_of, mark_copy
from packslip.press.tools import tool_versions
from packslip.world import World


def open_redrawing(root: Path, release: str) -> Callable[[Redraw], Pressed]:
    """A press room for one slip: it is not worth warming."""
    room = PressRoom(World.open(root, release))

    def redraw(request: Redraw) -> Pressed:
        document, findings = room.draw(request.slip, reference=request.path == PressPath.REFERENCE)
        return room.check(request.slip, document, findings)

    return redraw


def open_copying(root: Path, release: str) -> Callable[[Copying], Copied]:
    """Marks copies in the words and the fonts of a release."""
    world = World.open(root, release)

    def copy(request: Copying) -> Copied:
        locale = request.locale or language_of(request.data)
        text, findings = copy_words(world, locale, request.store, request.dated)
        if has_errors(findings):
            raise LayoutError(findings[0].message, hint=findings[0].hint)
        mark = CopyMark(
            text=text,
            font=pick_font(world, request.store, text).path,
            dated=request.dated,
            parent=request.parent,
            media=world.settings.media.get(request.media),
        )
        return Copied(data=mark_copy(request.data, mark), drawn_with=tool_versions())

    return copy


def pick_font(world: World, store: str, text: str) -> FontFile:
    """The face for a text: of a store's text fonts the first that has every letter, else of all fonts.

    Raises:
        LayoutError: no TrueType face has them all.
    """
    brand = world.brands.get(store)
    families = brand.fonts.get("text", "").split(",") if brand else []
    wanted = [family.strip().strip("'\"") for family in families]
    letters = {ord(letter) for letter in text}
    able = [font for font in world.fonts if font.path.suffix.lower() == ".ttf" and letters <= font.characters]
    if not able:
        raise LayoutError("no font has every letter of label.copy", hint="put one that has them into layouts/fonts")

    def rank(font: FontFile) -> tuple[int, bool, int]:
        place = wanted.index(font.family) if font.family in wanted else len(wanted)
        return place, font.style != "normal", abs(font.weight - 400)

    return min(able, key=rank)
