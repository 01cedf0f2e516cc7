"""A kit for plates: slips whose words differ much, and each drawn both ways."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from PIL import Image
from press_kit import make_slip

from packslip.files import sha256
from packslip.intake import read_orders
from packslip.library.mappings import CONTRACT
from packslip.line.walk import judge
from packslip.model import (
    Document,
    Drop,
    Facts,
    Finding,
    PressPath,
    Slip,
    SlipAddress,
    SlipLine,
    SlipProduct,
    has_errors,
)
from packslip.press import PressWorld, press
from packslip.press.drawing import strike
from packslip.press.reference import draw_reference
from packslip.press.sameness import differences
from packslip.press.task import take_up
from packslip.press.writing import write_document
from packslip.proof.cases import ProofCase
from packslip.proof.drawing import _compose_all
from packslip.settings import OutputProfile
from packslip.world import World

Pictures = Callable[[str], Path]

PLATE, REFERENCE = PressPath.PLATE, PressPath.REFERENCE

#: Digests of the pictures of `make_pictures`: wide, tall and small.
WIDE, TALL, SMALL = ("ab" * 32, "cd" * 32, "ef" * 32)
_SIZES = {WIDE: (900, 300), TALL: (200, 700), SMALL: (40, 30)}


def make_pictures(folder: Path) -> Pictures:
    """Pictures of three shapes, by digest."""
    paths = {digest: folder / f"{digest[:2]}.png" for digest in _SIZES}
    for number, (digest, path) in enumerate(paths.items()):
        Image.new("RGB", _SIZES[digest], (60 * number, 90, 200 - 50 * number)).save(path)
    return paths.__getitem__


def draw(
    slip: Slip, world: PressWorld, pictures: Pictures, *, reference: bool = False
) -> tuple[Document, tuple[Finding, ...]]:
    """A document that must be there."""
    document, findings = press(slip, world, pictures, reference=reference)
    assert document is not None, findings
    return document, findings


def vector(slip: Slip, world: PressWorld, pictures: Pictures, *, reference: bool = False) -> bytes:
    """What a slip looks like before it is dots, which on other media is the document."""
    task = take_up(slip, world, pictures)
    struck = None if reference else strike(task)
    if struck is not None:
        return write_document(struck.imprint, task.facts, task.kept.faces)
    document, findings = draw_reference(task)
    assert document is not None, findings
    return document.data


def compare(slip: Slip, world: PressWorld, pictures: Pictures) -> tuple[PressPath, tuple[str, ...]]:
    """The path a slip is drawn on, and all that tells its document and findings from the reference's."""
    document, findings = draw(slip, world, pictures)
    reference, expected = draw(slip, world, pictures, reference=True)
    assert reference.path is REFERENCE
    told = [*differences(document.data, reference.data, pixels=True)]
    if document.data != reference.data and world.media(world.layout(slip.layout)).profile is OutputProfile.THERMAL:
        told.append("other dots")
    if document.path is REFERENCE and document.data != reference.data:
        told.append("two references of one slip")
    if (document.media, document.pages) != (reference.media, reference.pages):
        told.append(f"pages: {document.media} {document.pages} against {reference.media} {reference.pages}")
    if not _same_codes(document, reference):
        told.append(f"codes: {document.codes} against {reference.codes}")
    if sorted(map(str, findings)) != sorted(map(str, expected)):
        told.append(f"findings: {list(map(str, findings))} against {list(map(str, expected))}")
    return document.path, tuple(told)


def _same_codes(one: Document, other: Document) -> bool:
    """Places may differ by the last bit of a float."""
    if len(one.codes) != len(other.codes):
        return False
    return all(
        (a.symbology, a.payload, a.page) == (b.symbology, b.payload, b.page)
        and max(abs(a.x - b.x), abs(a.y - b.y), abs(a.width - b.width), abs(a.height - b.height)) < 1e-9
        for a, b in zip(one.codes, other.codes, strict=True)
    )


def worded(
    headline: str,
    name: str,
    address: Sequence[str],
    lines: Sequence[tuple[str, str]],
    gift: str = "",
    **changes: object,
) -> Slip:
    """A slip with these words."""
    slip = make_slip()
    return replace(
        slip,
        copy={**slip.copy, "message": {"headline": headline}},
        ship_to=SlipAddress(name=name, lines=tuple(address)),
        lines=tuple(
            SlipLine(name=name, sku=f"OA-{2000 + number}", ordered=here, here=here, to_come="", price=f"£{number}4.00")
            for number, (name, here) in enumerate(lines)
        ),
        order=replace(slip.order, gift_message=gift),
        recommendations=tuple(
            SlipProduct(sku=f"R{number}", name=line[0], price="£9.00", picture=f"picture:{digest}")
            for number, (line, digest) in enumerate(zip(lines, (WIDE, TALL, SMALL), strict=False))
        ),
        **changes,  # type: ignore[arg-type]
    )


#: Words of very different length; structure changes with the number of lines and with what is blank.
SLIPS: Mapping[str, Slip] = {
    "usual": worded(
        "Welcome home, Eleanor.",
        "Eleanor Fitzgerald",
        ("14 Wharf Lane", "Bristol BS1 6XN"),
        [("Stoneware vase, ash glaze", "1"), ("Ribbed tumbler, smoke", "12")],
        gift="With love from all of us.",
    ),
    "short": worded("Hi.", "Al", ("1 A", "B"), [("Cup", "1"), ("I", "9")], gift="x"),
    "long": worded(
        "A long and winding welcome to a house that has waited for you through a whole winter of wood ash and rain",
        "Maximiliane Freifrau von Hohenstein-Wallersberg zu Großkötzing",
        (
            "Alte Donaudampfschifffahrtsgesellschaftsstraße 118 a, Hinterhof, dritter Aufgang",
            "A-1220 Wien – Österreich",
        ),
        [
            ("Hand-thrown stoneware serving bowl with an ash glaze, wide foot and a lid of smoked oak, AV To", "1,204"),
            ("Mouth-blown tumblers, set of six (grey/smoke/clear) – seconds", "36"),
        ],
        gift="To the two of you, from the whole office: may the kettle sing, the oven hold, the roof never leak.",
    ),
    "one line": worded("Thank you, and To AVA", "T. V. Ay", ("7 Yew Row",), [("Waxed Tablecloth AV", "3")], gift="Fi"),
    "other": worded(
        "Für Sie: „Herzlich willkommen“ – ½ Æther",
        "Ørjan Żółć-Nováková O’Hara",
        ("c/o Æther & Söhne GmbH · Hinterhof", "1010 Wien", "Österreich"),
        [(f"Bougeoir n° {n} – laiton/verre, 20×30 cm", str(n * 7)) for n in range(1, 6)],
    ),
}


def compose_file(world: World, path: Path, today: date, *, every: bool) -> Iterator[tuple[str, Slip]]:
    """The slips of an order file as the line would make them, in the layout the rules choose or in every one."""
    data = path.read_bytes()
    drop = Drop(name=path.name, spool=path, sha256=sha256(data), accepted_at=datetime.combine(today, time(), UTC))
    for record in read_orders(drop, CONTRACT, world.settings).orders:
        if record.order is None or has_errors(record.findings):
            continue
        judged = judge(record.order, Facts(), world, today=today)
        if judged.choice is None:
            continue
        for layout in world.layouts if every else (judged.choice.layout,):
            case = ProofCase(number=1, layout=layout, traits={}, strange=False, order=record.order, today=today)
            for _, slip, _ in _compose_all(world, [case]):
                if slip is not None:
                    yield f"{record.label}: {layout}", slip
