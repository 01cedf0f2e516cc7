"""Saving a proof: one PDF a slip and the contact sheet, into a folder of the caller's."""

from pathlib import Path

from packslip.files import write_atomic
from packslip.proof.contact import contact_sheet
from packslip.proof.drawing import Sheet
from packslip.world import World

CONTACT_SHEET = "contact-sheet.png"


def save_proof(world: World, sheet: Sheet, folder: Path) -> Path:
    """The contact sheet's path; beside it a PDF for each slip that could be drawn.

    Documents of an earlier proof in this folder are removed, so that what lies there is of one piece.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{slip.case.name}.pdf": slip.document.data for slip in sheet.slips if slip.document}
    for old in folder.glob("[0-9][0-9]*-*.pdf"):
        if old.name not in wanted:
            old.unlink()
    for name, data in wanted.items():
        write_atomic(folder / name, data, mode=0o644)
    path = folder / CONTACT_SHEET
    write_atomic(path, contact_sheet(world, sheet), mode=0o644)
    return path
