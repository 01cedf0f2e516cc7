"""A batch of PDF/X-4 slips as PDF/VT-1: whose each page is, read back by another reader than ours and by inspect."""

import io
import tracemalloc
from dataclasses import replace
from datetime import date

import pikepdf
import pytest
from press_kit import A5, make_slip, make_world, no_pictures

from packslip.model import OrderKey, SlipLine, SlipOrder
from packslip.preflight.foreign import Asked, Profile, examine
from packslip.preflight.inspection import inspect
from packslip.press import Batch, press
from packslip.press.batch import kept_of
from packslip.press.identity import Facts
from packslip.press.writing import BatchWriter
from packslip.settings import OutputProfile

DAY = date(2026, 11, 20)
CMYK = A5.model_copy(update={"profile": OutputProfile.PDFX4_CMYK})
LONG = tuple(
    SlipLine(name=f"Bowl {number}", sku=f"OA-{number}", ordered="1", here="1", to_come="") for number in range(60)
)


def slip_of(number, **changes):
    order = f"OA-{number}"
    return make_slip(
        key=OrderKey(store="oriel-ash", order_id=order, parcel=1),
        order=SlipOrder(id=order, date="20 November 2026", code="code:order"),
        **changes,
    )


def batch_of(world, slips, *, reference=()):
    output = io.BytesIO()
    condition = world.condition(world.settings_media)
    with Batch(output, world, no_pictures, title="day", dated=DAY, condition=condition) as batch:
        for at, slip in enumerate(slips):
            document, _ = press(slip, world, no_pictures, reference=at in reference)
            batch.add(slip, document, station="bench")
    return output.getvalue()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"), media=CMYK, max_pages=4)


@pytest.fixture(scope="module")
def batch(world):
    return batch_of(world, [slip_of(1), slip_of(2, lines=LONG), slip_of(3)], reference={2})


def test_every_page_belongs_to_the_part_of_its_order(batch):
    with pikepdf.open(io.BytesIO(batch)) as pdf:
        top = pdf.Root.DPartRoot
        assert top.Type == "/DPartRoot"
        assert int(top.RecordLevel) == 1
        node = top.DPartRootNode
        assert node.Parent.objgen == top.objgen
        (leaves,) = node.DParts
        pages = [page.obj for page in pdf.pages]
        covered = []
        for leaf in leaves:
            assert leaf.Parent.objgen == node.objgen
            first = pages.index(leaf.Start)
            last = pages.index(leaf.get("/End", leaf.Start))
            covered += range(first, last + 1)
            assert all(page.DPart.objgen == leaf.objgen for page in pages[first : last + 1])
        assert covered == [*range(len(pages))]
        assert len(leaves) == 3
        assert ["/End" in leaf for leaf in leaves] == [False, True, False]
        assert [{*leaf.DPM.keys()} for leaf in leaves] == [{"/Packslip_Order", "/Packslip_Station"}] * 3
        told = pdf.Root.Metadata.read_bytes()
        assert b">PDF/VT-1</pdfvtid:GTS_PDFVTVersion>" in told
        assert b"<xmp:ModifyDate>2026-11-20T00:00:00Z<" in told
        assert b">2026-11-20T00:00:00Z</pdfvtid:GTS_PDFVTModDate>" in told


def test_inspect_reads_the_parts_back(batch):
    told = inspect(batch)
    assert told.claims == ("PDF/X-4", "PDF/VT-1")
    assert [dict(part.said) for part in told.parts] == [
        {"Packslip_Order": f"OA-{number}", "Packslip_Station": "bench"} for number in (1, 2, 3)
    ]
    assert (told.parts[0].first, told.parts[0].last) == (1, 1)
    assert told.parts[1].first == 2
    assert told.parts[1].last == told.count - 1
    assert told.parts[2].last == told.count


def test_it_is_a_right_pdfx_all_the_same(batch, world):
    assert [fault.code for fault in examine(batch, Asked(profile=Profile.PDFX4)).faults] == []
    assert batch == batch_of(world, [slip_of(1), slip_of(2, lines=LONG), slip_of(3)], reference={2})


def test_a_batch_of_office_slips_has_no_parts(tmp_path):
    world = make_world(tmp_path)
    data = batch_of(world, [slip_of(1)])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert "/DPartRoot" not in pdf.Root
        assert "/DPart" not in pdf.pages[0].obj
    assert inspect(data).parts == ()


def test_parts_cost_a_number_each(world):
    condition = world.condition(CMYK)
    slip = slip_of(1)
    from packslip.press.drawing import strike
    from packslip.press.task import take_up

    task = take_up(slip, world, no_pictures)
    imprint = strike(task).imprint
    facts = Facts(
        title="day", dated=DAY, language="", producer="packslip", identifier=b"", condition=condition, has_parts=True
    )

    class Nowhere(io.RawIOBase):
        def write(self, data):
            return len(data)

    def cost(facts, count):
        with BatchWriter(Nowhere(), kept_of(world).faces, facts) as writer:
            writer.add(imprint, task.facts, {"Order": "OA-1", "Station": "bench"})
            tracemalloc.start()
            for _ in range(count):
                writer.add(imprint, task.facts, {"Order": "OA-1", "Station": "bench"})
            kept = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
        return kept

    assert cost(facts, 600) - cost(replace(facts, has_parts=False), 600) < 600 * 40
