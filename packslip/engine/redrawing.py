"""Redrawing: a document that is gone, drawn again from its slip and its release; or what stands in the way.

The digest on record is the judge: bytes that have it are the document, whatever has changed since. Only where they
differ is it told what has. Never grants, decides or composes: the slip is final.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from packslip.engine.decoding import Decoders
from packslip.engine.pool import Task, WorkerBugError
from packslip.engine.presses import is_sane, open_worker, release_arguments
from packslip.errors import HoldOrder, PackslipError, RetryLater, UsageError
from packslip.files import sha256
from packslip.ledger import DocumentRow, ParcelRecord
from packslip.line.pictures import PictureDesk
from packslip.line.pressed import Pressed, Redraw
from packslip.model import PressPath, Severity, Slip
from packslip.world import Workspace, World, changed_files

#: Names of a kind that are told before the rest is counted.
_MOST_NAMES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn:
    """What came of drawing a slip again."""

    data: bytes | None  #: None where nothing can be drawn that may print
    changes: tuple[str, ...] = ()  #: why it is not the document on record; none where it is


def redraw(workspace: Workspace, record: ParcelRecord, kept: DocumentRow) -> Redrawn:
    """Draw a parcel's document again.

    Raises:
        HoldOrder: the slip is gone as well.
    """
    if not record.slip:
        raise purged(record)
    try:
        slip = Slip.from_json(record.slip)
    except ValidationError:
        return Redrawn(data=None, changes=("its slip was kept by a packslip whose slips this one does not read",))
    try:
        world = World.open(workspace.root, record.release)
    except UsageError:
        return Redrawn(data=None, changes=(f"release {record.release} is not kept any more",))
    return _redraw(world, slip, record, kept)


def purged(record: ParcelRecord) -> HoldOrder:
    """What is said of a parcel of which nothing is left to print."""
    return HoldOrder(
        f"parcel {record.ref} was purged: neither its document nor its slip is kept",
        hint="the shop can drop it again as another parcel of the order; the code stays the same",
    )


def _redraw(world: World, slip: Slip, record: ParcelRecord, kept: DocumentRow) -> Redrawn:
    try:
        lost = _remake_pictures(world, slip)
        pressed = _press(world, Redraw(slip=slip, path=kept.drawn_by))
    except RetryLater:
        raise
    except PackslipError as fault:
        return Redrawn(data=None, changes=(*_changes_of(world), fault.message))
    except WorkerBugError:
        return Redrawn(data=None, changes=(*_changes_of(world), "packslip itself fails on this slip now"))
    document = pressed.document
    if document is not None and sha256(document.data) == kept.sha256:
        return Redrawn(data=document.data)
    changes = [*_changes_of(world), *_pictures_told(lost)]
    faults = [
        finding.message
        for finding in pressed.findings
        if finding.severity is Severity.ERROR and finding.code not in record.forgiven
    ]
    if document is None or faults:
        return Redrawn(data=None, changes=(*changes, *faults[:_MOST_NAMES]))
    if document.path != kept.drawn_by:
        changes.append(_path_told(document.path))
    changes += changed_tools(kept.drawn_with, document.drawn_with)
    if not changes:
        changes.append("nothing that is on record explains it: look at the machine")
    return Redrawn(data=document.data, changes=tuple(changes))


def _remake_pictures(world: World, slip: Slip) -> tuple[str, ...]:
    layout = world.layout(slip.layout)
    with Decoders(world.settings.pictures) as decoders:
        return PictureDesk(world, decoders).remake(slip, layout)


def _press(world: World, request: Redraw) -> Pressed:
    task = Task(
        module="packslip.line.reprinting",
        opener="open_redrawing",
        arguments=release_arguments(world),
        request=Redraw,
        answer=Pressed,
        is_sane=lambda asked, pressed: is_sane(world, asked.slip, pressed),
    )
    with open_worker(world, task) as worker:
        return worker(request)


def _changes_of(world: World) -> Iterator[str]:
    changed = changed_files(world.workspace, world.release)
    if changed is None:
        return
    fonts = [name for name in changed if name.startswith("layouts/fonts/")]
    others = [name for name in changed if name not in fonts]
    if fonts:
        yield f"fonts of release {world.release} were changed: {_listed(fonts)}"
    if others or not changed:
        yield f"files of release {world.release} were changed{': ' if others else ''}{_listed(others)}"


def _pictures_told(lost: tuple[str, ...]) -> Iterator[str]:
    if lost:
        names = _listed([digest[:12] for digest in lost])
        yield f"pictures are gone, and no picture of today gives them again: {names}"


def _path_told(path: PressPath) -> str:
    if path is PressPath.REFERENCE:
        return "it was struck from a plate, and its slip is struck no more: the plate was retired, or cannot be made"
    return "it was laid out by the reference path, and is struck from a plate now"


def changed_tools(then: str, now: str) -> Iterator[str]:
    """What documents are drawn with otherwise now than one was then; both as the press writes it down."""
    if not then:
        yield "what it was drawn with was never written down"
        return
    old, new = _tools(then), _tools(now)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"{name} was {old.get(name, 'absent')} and is {new.get(name, 'absent')}"


def _tools(versions: str) -> dict[str, str]:
    return dict(part.rpartition(" ")[::2] for part in versions.split(", "))


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
