"""The proof: every two traits meet, the sheet shows every fault, the page follows each save."""

import io
import shutil
import threading
import urllib.error
import urllib.request
from collections import Counter
from datetime import date
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Pdf, Stream
from PIL import Image

from packslip.desk import PageServer, ProofPage
from packslip.errors import LayoutError, UsageError
from packslip.line.pressing import PressRoom
from packslip.model import ParcelKind, Where, error, settle_parcel, warning
from packslip.proof import (
    Changes,
    Look,
    ProofSlip,
    Sheet,
    contact_sheet,
    draw_cases,
    draw_looks,
    draw_pages,
    draw_proof,
    proof_cases,
    save_proof,
    watch_proof,
)
from packslip.proof.contact import GROUND, OCHRE, RED, _broken, _load
from packslip.proof.pairwise import all_pairs, pairs_of, pairwise
from packslip.world import World

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A copy of the workspace that is shipped."""
    root = tmp_path_factory.mktemp("workspace")
    for name in ("layouts", "rules", "catalogue"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "packslip.toml", root)
    return root


@pytest.fixture(scope="module")
def world(workspace):
    return World.open(workspace)


@pytest.fixture(scope="module")
def drawn(world):
    """Two slips, really drawn."""
    cases = proof_cases(world, "note-a5", today=TODAY)[:2]
    return tuple(draw_cases(world, cases, PressRoom(world)))


class TestPairwise:
    @given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 6), min_size=1))
    def test_every_pair_is_there_and_nothing_else(self, sizes):
        axes = {axis: [f"{axis}{number}" for number in range(size)] for axis, size in sizes.items()}
        rows = pairwise(axes)
        for axis, other in combinations(axes, 2):
            for value, other_value in product(axes[axis], axes[other]):
                assert any(row[axis] == value and row[other] == other_value for row in rows)
        assert all(list(row) == list(axes) and all(row[axis] in axes[axis] for axis in axes) for row in rows)
        assert rows[0] == {axis: values[0] for axis, values in axes.items()}
        assert rows == pairwise(axes)
        if len(axes) > 1:
            largest = sorted(sizes.values())[-2:]
            assert len(rows) <= 2 * largest[0] * largest[1] + 2
            assert set().union(*map(pairs_of, rows)) == all_pairs(axes)


class TestCases:
    def test_about_two_dozen_hold_every_pair(self, world):
        cases = proof_cases(world, "atelier-a4", today=TODAY)
        assert 24 <= len(cases) <= 30
        axes = {axis: sorted({case.traits[axis] for case in cases}) for axis in cases[0].traits}
        assert {axis: len(values) for axis, values in axes.items()} == {
            "segment": 6,
            "locale": 4,
            "kind": 3,
            "lines": 3,
            "text": 4,
            "pictures": 2,
            "store": 2,
        }
        assert set().union(*(pairs_of(case.traits) for case in cases)) == all_pairs(
            {axis: axes[axis] for axis in cases[0].traits}
        )
        assert len({case.name for case in cases}) == len(cases)
        assert {"en-GB", "fr-FR", "de-DE"} < set(axes["locale"])

    def test_the_traits_are_in_the_orders(self, world):
        for case in proof_cases(world, "atelier-a4", today=TODAY, every=True)[::5]:
            order, traits = case.order, case.traits
            parcel, findings = settle_parcel(order, {})
            assert findings == ()
            assert parcel.kind is ParcelKind(traits["kind"])
            assert len(order.lines) == {"1-line": 1, "3-lines": 3, "40-lines": 40}[traits["lines"]]
            assert order.locale == traits["locale"]
            assert order.gift is (traits["segment"] == "gift")
            assert order.marketing_opt_out is (traits["segment"] == "opt-out")
            assert (order.customer_id == "") is (traits["segment"] == "no-customer")
            assert any(line.image for line in order.lines) is (traits["pictures"] == "pictures")
            assert case.strange is (traits["locale"] not in {"en-GB", "fr-FR", "de-DE"})
            goods = sum(line.unit_price * line.quantity for line in order.lines)
            assert order.totals.order == goods + order.totals.shipping

    def test_all_holds_every_segment_language_and_kind_with_every_edge(self, world):
        cases = proof_cases(world, "atelier-a4", today=TODAY, every=True)
        seen = Counter((case.traits["segment"], case.traits["locale"], case.traits["kind"]) for case in cases)
        assert len(seen) == 6 * 4 * 3
        assert set(seen.values()) == {6}

    def test_only_narrows(self, world):
        cases = proof_cases(world, "atelier-a4", today=TODAY, only="locale=de, segment=new")
        assert cases
        assert {(case.traits["locale"], case.traits["segment"]) for case in cases} == {("de-DE", "new")}
        silent = proof_cases(world, "atelier-a4", today=TODAY, only="segment=transactional")
        assert {case.traits["segment"] for case in silent} == {"opt-out", "no-customer"}
        edges = proof_cases(world, "atelier-a4", today=TODAY, only="edge=40|gift,store=halden")
        assert edges
        assert all("40-lines" in case.traits.values() or "gift" in case.traits.values() for case in edges)
        (unknown,) = {case.traits["locale"] for case in proof_cases(world, "plain", today=TODAY, only="locale=unknown")}
        assert unknown not in {"en-GB", "fr-FR", "de-DE"}
        rare = "segment=gift,locale=fr,kind=final,lines=40-lines,text=right-to-left,pictures=no-picture,store=halden"
        assert len(proof_cases(world, "plain", today=TODAY, only=rare)) == 1

    @pytest.mark.parametrize("only", ["colour=red", "locale=xx", "locale", "segment=", "=new"])
    def test_only_that_names_nothing_is_refused(self, world, only):
        with pytest.raises(UsageError, match="--only"):
            proof_cases(world, "atelier-a4", today=TODAY, only=only)

    def test_an_unknown_layout_is_refused(self, world):
        with pytest.raises(LayoutError):
            proof_cases(world, "nothing", today=TODAY)


class TestSheet:
    def test_slips_are_drawn_in_the_layout_asked_for(self, drawn):
        assert [slip.slip.layout for slip in drawn] == ["note-a5", "note-a5"]
        assert all(slip.document.data.startswith(b"%PDF") for slip in drawn)

    def test_the_same_case_gives_the_same_slip(self, world, drawn):
        again = draw_proof(world, [drawn[0].case], lambda slips: map(PressRoom(world), slips))
        assert again.slips[0].slip == drawn[0].slip
        assert again.slips[0].document.sha256 == drawn[0].document.sha256

    def test_faults_are_framed_and_the_sheet_is_stable(self, world, drawn):
        clean = tuple(replace_findings(slip, ()) for slip in drawn)
        fault = error("text.overflow", Where(file="layouts/note-a5/slip.html"), "the offer is cut at the right")
        mild = warning("picture.low_resolution", Where(file="a.jpg"), "90 pixels to the inch")
        assert colours(contact_sheet(world, Sheet(layout="note-a5", slips=clean))).isdisjoint({RED, OCHRE})
        framed = Sheet(layout="note-a5", slips=(replace_findings(drawn[0], (fault,)), clean[1]))
        picture = contact_sheet(world, framed)
        assert {RED, GROUND} <= colours(picture)
        assert OCHRE not in colours(picture)
        assert OCHRE in colours(
            contact_sheet(world, Sheet(layout="note-a5", slips=(replace_findings(drawn[0], (mild,)),)))
        )
        assert contact_sheet(world, framed) == picture

    def test_a_slip_that_could_not_be_drawn_has_its_place(self, world, drawn):
        fault = error("rules.unsound", Where(file="rules"), "x" * 3000)
        missing = ProofSlip(case=drawn[0].case, slip=None, document=None, findings=(fault,))
        assert RED in colours(contact_sheet(world, Sheet(layout="note-a5", slips=(missing,))))
        assert contact_sheet(world, Sheet(layout="note-a5", slips=()))

    def test_what_a_case_provokes_is_no_fault(self, world):
        (case, *_) = proof_cases(world, "note-a5", today=TODAY, only="locale=unknown")
        fallback = warning("locale.fallback", Where(), "no phrases")
        assert ProofSlip(case=case, slip=None, document=None, findings=(fallback,)).faults == ()

    def test_saved_files_are_of_one_piece(self, world, drawn, tmp_path):
        save_proof(world, Sheet(layout="note-a5", slips=drawn), tmp_path)
        path = save_proof(world, Sheet(layout="note-a5", slips=drawn[1:]), tmp_path)
        assert sorted(each.name for each in tmp_path.iterdir()) == sorted([f"{drawn[1].case.name}.pdf", path.name])

    @given(st.text(max_size=200), st.integers(20, 300))
    def test_lines_fit(self, text, width):
        font = _load(sorted((ROOT / "layouts" / "fonts").rglob("*.ttf"))[0], 16)
        lines = _broken(text, width, font)
        assert "".join(lines).replace(" ", "") == "".join(text.split())
        assert all(font.getlength(line) <= width or len(line) == 1 for line in lines)


class TestWatching:
    def test_looks_grow_slip_by_slip(self, workspace):
        looks = list(draw_looks(workspace, "label-4x6", today=TODAY, only="segment=gift,kind=final,locale=de"))
        assert [len(look.slips) for look in looks] == list(range(1, len(looks) + 1))
        assert looks[-1].is_whole

    def test_a_broken_layout_is_told(self, workspace, tmp_path):
        broken = tmp_path / "workspace"
        shutil.copytree(workspace, broken)
        (broken / "layouts" / "plain" / "slip.html").write_text("{% if %}")
        (look,) = draw_looks(broken, "plain", today=TODAY)
        assert "layouts/plain/slip.html" in look.fault
        assert not look.is_whole
        (look,) = draw_looks(broken, "nothing", today=TODAY)
        assert "no layout 'nothing'" in look.fault

    def test_a_save_draws_again(self, workspace, tmp_path):
        root = tmp_path / "workspace"
        shutil.copytree(workspace, root)
        changes, ending = Changes(), threading.Event()
        drawn = [threading.Event(), threading.Event()]
        faults = []

        def show(look: Look) -> None:
            faults.append(look.fault)
            drawn[min(len(faults) - 1, 1)].set()

        def watch() -> None:
            watch_proof(
                root, "broken", today=lambda: TODAY, show=show, changes=changes, goes_on=lambda: not ending.is_set()
            )

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            assert drawn[0].wait(20)
            (root / "layouts" / "broken").mkdir()
            (root / "layouts" / "broken" / "layout.toml").write_text("title = 3")
            assert drawn[1].wait(20)
        finally:
            ending.set()
            changes.wake()
            watching.join(20)
        assert "no layout 'broken'" in faults[0]
        assert "layouts/broken/layout.toml" in faults[-1]


class TestPage:
    @pytest.fixture
    def served(self, drawn):
        page = ProofPage()
        with PageServer(page) as server:
            yield page, server.url

    def look(self, drawn, count=2) -> Look:
        return Look(title="Note <A5>", layout="note-a5", cases=[slip.case for slip in drawn], slips=drawn[:count])

    def test_pictures_and_documents_are_served(self, served, drawn):
        page, url = served
        page.show(self.look(drawn, 1))
        page.show(self.look(drawn))
        html = get(url)[1].decode()
        assert "Note &lt;A5&gt;" in html
        assert html.count("<figure") == 2
        for slip in drawn:
            assert get(f"{url}document/{slip.document.sha256}.pdf") == ("application/pdf", slip.document.data)
            kind, picture = get(f"{url}page/{slip.document.sha256}-1.png")
            assert (kind, Image.open(io.BytesIO(picture)).width) == ("image/png", 560)
        assert get(f"{url}page.js")[0].startswith("text/javascript")
        assert get(f"{url}page.css")[0].startswith("text/css")

    def test_text_of_a_finding_is_only_text(self, served, drawn):
        page, url = served
        fault = error("x", Where(file="a.csv"), "<script>alert(1)</script>")
        page.show(Look(title="x", layout="x", cases=[drawn[0].case], slips=[replace_findings(drawn[0], (fault,))]))
        html = get(f"{url}content")[1].decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)" in html

    def test_what_is_no_longer_shown_is_forgotten(self, served, drawn):
        page, url = served
        page.show(self.look(drawn, 1))
        page.show(Look(title="x", layout="x", cases=(), slips=(), fault="broken"))
        assert status(f"{url}document/{drawn[0].document.sha256}.pdf") == 404
        assert b"broken" in get(url)[1]

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.nip.io:{port}", ""])
    def test_another_name_is_refused(self, served, host):
        _, url = served
        port = url.rstrip("/").rsplit(":", 1)[1]
        assert status(url, host=host.format(port=port)) == 403
        assert status(url, host=f"localhost:{port}") == 200

    def test_only_get_and_only_known_paths(self, served):
        _, url = served
        assert status(url, method="POST") == 501
        for path in ("../etc/passwd", "page/../proof_page.py", "proof_page.py", "page.js?x", "%2e%2e/"):
            assert status(url + path) == 404

    def test_a_new_version_is_pushed(self, served, drawn):
        page, url = served
        with urllib.request.urlopen(f"{url}events", timeout=20) as events:
            first = events.readline()
            events.readline()
            page.show(self.look(drawn, 1))
            assert events.readline() != first


def replace_findings(slip: ProofSlip, findings) -> ProofSlip:
    return ProofSlip(case=slip.case, slip=slip.slip, document=slip.document, findings=findings)


def colours(png: bytes) -> set:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return {colour for _, colour in image.getcolors(image.width * image.height)}


def get(url: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.headers["Content-Type"], answer.read()


def status(url: str, *, host: str | None = None, method: str = "GET") -> int:
    request = urllib.request.Request(url, method=method, headers={} if host is None else {"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as fault:
        with fault:
            return fault.code


def test_a_page_with_bleed_is_shown_as_it_is_once_cut() -> None:
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=(106, 156))
    page.trimbox = Array([3, 13, 103, 153])
    page.contents_add(Stream(pdf, b"1 0 0 rg 0 0 106 156 re f 1 g 3 13 100 140 re f"))
    stream = io.BytesIO()
    pdf.save(stream)
    ((image,), count) = draw_pages(stream.getvalue(), 200, oversample=2)
    assert (image.size, count) == ((200, 280), 1)
    assert image.getcolors() == [(200 * 280, (255, 255, 255))]
