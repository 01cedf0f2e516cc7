"""Brands and dealers: whose look a slip has, and that what is wrong with one is told before it is published."""

import csv
import io
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from picture_kit import encode, noise
from PIL import Image
from tinycss2.color4 import Color, parse_color

from packslip.check import check_world
from packslip.check.brands import check_brands
from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine.render import Renderer
from packslip.library.brands import Brand, brand_of, load_brands, looks_of, with_dealers
from packslip.library.printing_conditions import shipped_conditions
from packslip.line.pressing import PressRoom
from packslip.model import Finding
from packslip.press.contrast import LINE, TEXT, light, nearest, ratio
from packslip.proof import ProofSlip, draw_cases, proof_cases, try_layouts
from packslip.world import World
from packslip.world.starter import make_workspace

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 11, 20)
USUAL = "segment=new,kind=complete,lines=3-lines,text=usual,pictures=no-picture,locale=en"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("brands") / "shop"
    make_workspace(folder)
    return folder


@pytest.fixture
def shop(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "shop"))


def write(shop: Path, name: str, text: str) -> None:
    path = shop / "layouts" / "brands" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def edit(shop: Path, name: str, old: str, new: str) -> None:
    path = shop / name
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def brands(shop: Path) -> tuple[dict[str, Brand], tuple[Finding, ...]]:
    return load_brands(shop / "layouts" / "brands")


def found(shop: Path) -> list[Finding]:
    return [*check_brands(World.open(shop))]


def told(shop: Path) -> list[str]:
    return [f"{finding.severity} {finding.code} {finding}" for finding in found(shop)]


def one_slip(shop: Path, store: str, layout: str = "atelier-a4") -> ProofSlip:
    world = World.open(shop)
    cases = proof_cases(world, layout, today=TODAY, only=f"{USUAL},store={store}")[:1]
    (slip,) = draw_cases(world, cases, PressRoom(world))
    return slip


class TestDealers:
    def test_a_dealer_changes_pieces_and_leaves_the_others(self, shop: Path) -> None:
        write(shop, "oriel-ash/kiln-shop.toml", 'phone = "+44 1"\nlogo = ""\n[colours]\naccent = "#553311"\n')
        known, findings = brands(shop)
        assert findings == ()
        store, dealer = known["oriel-ash"], brand_of(known, "oriel-ash", "kiln-shop")
        assert dealer is not None
        assert (dealer.phone, dealer.logo, dealer.dealer) == ("+44 1", "", "kiln-shop")
        assert (dealer.name, dealer.address, dealer.fonts) == (store.name, store.address, store.fonts)
        assert dealer.colours == {**store.colours, "accent": "#553311"}

    @pytest.mark.parametrize("said", ["Kiln  Shop", "kiln shop", " KILN SHOP "])
    def test_a_dealer_is_found_whatever_its_capitals_and_blanks(self, shop: Path, said: str) -> None:
        write(shop, "oriel-ash/Kiln Shop.toml", 'phone = "1"\n')
        dealer = brand_of(brands(shop)[0], "oriel-ash", said)
        assert dealer is not None
        assert dealer.dealer == "Kiln Shop"

    @pytest.mark.parametrize("said", ["", "  ", "nobody", "../halden", "halden/wendel"])
    def test_another_dealer_or_none_has_the_look_of_the_store(self, shop: Path, said: str) -> None:
        known, _ = brands(shop)
        assert brand_of(known, "halden", said) is known["halden"]

    def test_dealers_who_change_no_style_share_that_of_their_store(self, shop: Path) -> None:
        write(shop, "oriel-ash/plain.toml", 'phone = "1"\n')
        write(shop, "oriel-ash/red.toml", '[colours]\naccent = "#800"\n')
        known, _ = brands(shop)
        styled = {one.styled_by for one in with_dealers(known.values())}
        assert styled == {"halden", "halden/wendel", "oriel-ash", "oriel-ash/red"}
        assert sorted(one.styled_by for one in looks_of(known.values())) == sorted(styled)

    def test_a_dealer_s_style_sheet_follows_that_of_the_store(self, shop: Path) -> None:
        known, _ = brands(shop)
        dealer = brand_of(known, "halden", "wendel")
        assert dealer is not None
        assert dealer.css.startswith(known["halden"].css)
        assert "56.8mm" in dealer.css

    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("halden/Wendel.toml", 'phone = "1"', "error dealer.twice"),
            ("nowhere/a.toml", 'phone = "1"', "error dealer.store"),
            ("halden/b.toml", 'logo = "gone.svg"', "layouts/brands/halden/b.toml: logo: no file 'gone.svg'"),
            ("halden/b.toml", 'css = "gone.css"', "no file 'gone.css' in layouts/brands/halden"),
            ("halden/b.toml", 'code_prefix = "too long"', "layouts/brands/halden/b.toml:1: code_prefix"),
            ("halden/b.toml", 'phnoe = "1"', "did you mean 'phone'"),
        ],
    )
    def test_a_fault_in_a_dealer_s_file_is_told_with_its_place(
        self, shop: Path, name: str, text: str, said: str
    ) -> None:
        write(shop, name, text)
        _, findings = brands(shop)
        assert any(said in f"{finding.severity} {finding.code} {finding}" for finding in findings), findings

    def test_the_slip_carries_the_dealer_and_the_press_draws_it(self, shop: Path) -> None:
        slip = one_slip(shop, "halden/wendel").slip
        assert slip is not None
        assert (slip.brand.dealer, slip.brand.phone) == ("wendel", "+49 451 496 0117")
        assert slip.brand.logo == "art:halden-wendel.svg"
        assert slip.offer is not None
        assert slip.offer.code.startswith("WL-")
        assert slip.offer.long
        own = one_slip(shop, "halden").slip
        assert own is not None
        assert (own.brand.dealer, own.brand.phone) == ("", "")
        assert own.offer is not None
        assert not own.offer.long

    def test_the_page_is_in_the_dealer_s_colours(self, shop: Path) -> None:
        def brick(store: str) -> int:
            document = one_slip(shop, store).document
            assert document is not None
            pdf = pdfium.PdfDocument(document.data)
            try:
                colours = pdf[0].render(scale=4).to_pil().convert("RGB").getcolors(1 << 24) or []
            finally:
                pdf.close()
            return sum(count for count, colour in colours if colour == (0x8A, 0x42, 0x32))

        assert brick("halden/wendel") > brick("halden") == 0

    def test_a_dealer_without_a_file_is_noted_where_others_have_one(self, shop: Path) -> None:
        found = self.render(shop, "Nobody & Sons")
        assert [finding["code"] for finding in found] == ["dealer.unknown"]
        assert "Nobody" not in str(found)
        shutil.rmtree(shop / "layouts" / "brands" / "halden")
        assert self.render(shop, "Nobody & Sons") == []

    def render(self, shop: Path, dealer: str) -> list[dict[str, str]]:
        rows = list(csv.reader(io.StringIO((ROOT / "samples/17-dealer-de.csv").read_text(encoding="utf-8"))))
        place = rows[0].index("dealer")
        for row in rows[1:]:
            row[place] = dealer
        stream = io.StringIO()
        csv.writer(stream).writerows(rows)
        (shop / "drop.csv").write_text(stream.getvalue(), encoding="utf-8")
        world = World.open(shop)
        renderer = Renderer(world, PressRoom(world), mapping=world.mapping(""))
        (rendered,) = renderer.render([shop / "drop.csv"])
        assert rendered.outcome is not None
        assert rendered.outcome.slip is not None
        return [
            {"code": finding.code, "told": str(finding)}
            for finding in rendered.outcome.findings
            if finding.code.startswith("dealer.")
        ]


class TestContrast:
    @pytest.mark.parametrize(
        ("one", "other", "wanted"),
        [("#000", "#fff", 21.0), ("#fff", "#fff", 1.0), ("#767676", "#fff", 4.54), ("#949494", "#fff", 3.03)],
    )
    def test_the_ratio_is_that_of_the_standard(self, one: str, other: str, wanted: float) -> None:
        assert ratio(parse_color(one), parse_color(other)) == pytest.approx(wanted, abs=0.01)

    @pytest.mark.parametrize("paper", ["#ffffff", "#f4efe6", "#101820", "#777777"])
    @pytest.mark.parametrize("said", ["#8b6b43", "#cccccc", "#336699", "oklch(70% 0.1 50)"])
    def test_the_nearest_colour_passes_and_the_one_before_does_not(self, said: str, paper: str) -> None:
        ground, colour = parse_color(paper), parse_color(said)
        better = nearest(colour, ground, TEXT)
        if not better:
            assert max(ratio(Color("srgb", (v, v, v), 1), ground) for v in (0, 1)) < TEXT
            return
        assert ratio(parse_color(better), ground) >= TEXT
        if ratio(colour, ground) < TEXT:
            assert ratio(parse_color(better), ground) < TEXT * 1.1

    def test_on_uncoated_paper_black_ink_is_not_as_dark_as_on_a_screen(self) -> None:
        condition = shipped_conditions()["FOGRA47L_uncoated"]
        black, white = parse_color("#000"), parse_color("#fff")
        assert light(white, condition) == pytest.approx(1, abs=0.01)
        assert 6 < ratio(black, white, condition) < 10 < ratio(black, white, shipped_conditions()["FOGRA39L_coated"])

    @pytest.mark.parametrize(
        ("key", "value", "kind", "said"),
        [
            ("quiet", "#999999", "warning brand.contrast", "2.85 to 1, text needs 4.5; hint: #767676 is the nearest"),
            ("accent", "#c0a060", "warning brand.contrast", "text needs 4.5"),
            ("rule", "#aaaaaa", "warning brand.contrast", "a rule needs 3"),
            ("ink", "#dddddd", "error brand.contrast", "text needs 4.5"),
            ("paper", "#25221e", "error brand.contrast", "1.00 to 1"),
            ("ink", "#12", "error brand.colour", "'#12' is no colour"),
        ],
    )
    def test_colours_that_cannot_be_read_are_told_with_what_would_pass(
        self, shop: Path, key: str, value: str, kind: str, said: str
    ) -> None:
        known = World.open(shop).brands["oriel-ash"].colours
        edit(shop, "layouts/brands/oriel-ash.toml", f'{key} = "{known[key]}"', f'{key} = "{value}"')
        assert any(kind in line and said in line for line in told(shop)), told(shop)

    def test_a_dealer_s_colours_are_looked_at_too(self, shop: Path) -> None:
        edit(shop, "layouts/brands/halden/wendel.toml", "#8a4232", "#e0b0a0")
        (finding,) = found(shop)
        assert str(finding.where) == "layouts/brands/halden/wendel.toml: colours.accent"

    def test_what_only_the_inks_lack_is_a_note_with_the_condition(self, shop: Path) -> None:
        edit(shop, "packslip.toml", 'profile = "office"', 'profile = "pdfx4-cmyk"')
        lines = told(shop)
        assert lines
        assert all(line.startswith("note brand.contrast") and "in FOGRA47L_uncoated" in line for line in lines)


class TestLogos:
    def use(self, shop: Path, name: str, data: bytes) -> None:
        (shop / "layouts" / "art" / name).write_bytes(data)
        edit(shop, "layouts/brands/oriel-ash.toml", "oriel-ash.svg", name)

    @pytest.mark.parametrize(
        ("name", "data", "said"),
        [
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><path", "error brand.logo"),
            ("a.png", b"no picture at all", "error brand.logo"),
            ("a.png", encode(Image.new("RGB", (900, 300), (250, 250, 250))), "warning brand.logo_unseen"),
            (
                "a.svg",
                b"<svg xmlns='http://www.w3.org/2000/svg'><path fill='#eee'/></svg>",
                "warning brand.logo_unseen",
            ),
            (
                "a.svg",
                b"<svg xmlns='http://www.w3.org/2000/svg'><g style='fill:#fafafa;stroke:none'/></svg>",
                "contrast is 1.0 to 1",
            ),
        ],
    )
    def test_a_logo_that_is_broken_or_cannot_be_seen_is_told(
        self, shop: Path, name: str, data: bytes, said: str
    ) -> None:
        self.use(shop, name, data)
        assert any(said in line for line in told(shop)), told(shop)

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h9'/></svg>"),
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><path fill='#eee'/><path fill='#111'/></svg>"),
            ("a.png", encode(noise(300, 100))),
        ],
    )
    def test_a_logo_that_stands_out_is_well(self, shop: Path, name: str, data: bytes) -> None:
        self.use(shop, name, data)
        assert told(shop) == []

    def test_a_light_logo_is_well_on_a_dark_paper(self, shop: Path) -> None:
        edit(shop, "layouts/brands/oriel-ash.toml", "#ffffff", "#101010")
        self.use(shop, "b.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><path fill='#222'/></svg>")
        assert any("logo_unseen" in line for line in told(shop))
        edit(shop, "layouts/brands/oriel-ash.toml", "b.svg", "oriel-ash.svg")
        self.use(shop, "a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><path fill='#fff'/></svg>")
        assert not any("logo_unseen" in line for line in told(shop))

    @pytest.mark.parametrize(("width", "severity"), [(120, "warning"), (1200, "")])
    def test_a_logo_that_is_too_coarse_where_it_is_printed_is_told(self, shop: Path, width: int, severity: str) -> None:
        self.use(shop, "a.png", encode(noise(width, width // 3)))
        for name in ("note-a5", "label-4x6", "plain"):
            shutil.rmtree(shop / "layouts" / name)
        edit(shop, "layouts/atelier-a4/layout.toml", 'fallback = "plain"', "")
        coarse = [each for each in try_layouts(World.open(shop), today=TODAY) if each.code == "brand.logo_coarse"]
        assert [each.severity for each in coarse] == ([severity] if severity else [])
        if severity:
            assert f"{width * 25.4 / 44:.0f} to the inch in atelier-a4" in coarse[0].message


class TestPieces:
    @pytest.mark.parametrize(
        ("key", "kind", "said"),
        [
            ("address", "warning brand.piece", "leaves its place empty"),
            ("email", "error brand.piece", "contact.line"),
            ("returns", "error brand.piece", "returns.body"),
        ],
    )
    def test_a_piece_that_slips_need_is_told_with_who_needs_it(
        self, shop: Path, key: str, kind: str, said: str
    ) -> None:
        value = getattr(World.open(shop).brands["oriel-ash"], key)
        edit(shop, "layouts/brands/oriel-ash.toml", f'{key} = "{value}"', f'{key} = ""')
        lines = [line for line in told(shop) if f"oriel-ash.toml: {key}" in line]
        assert any(kind in line and said in line for line in lines), told(shop)

    def test_a_piece_that_a_layout_asks_for_first_may_be_blank(self, shop: Path) -> None:
        assert World.open(shop).brands["oriel-ash"].phone == ""
        assert told(shop) == []
        html = shop / "layouts" / "plain" / "slip.html"
        html.write_text(
            html.read_text(encoding="utf-8").replace("</body>", "{{ brand.phone }}</body>"), encoding="utf-8"
        )
        assert any("phone: blank, and plain leaves its place empty" in line for line in told(shop))

    def test_what_a_dealer_blanks_is_told_at_the_dealer(self, shop: Path) -> None:
        edit(shop, "layouts/brands/halden/wendel.toml", 'email = "guten-tag@wendel.example"', 'email = ""')
        assert [str(finding.where) for finding in found(shop)] == ["layouts/brands/halden/wendel.toml: email"]

    @pytest.mark.parametrize(
        ("name", "old", "new", "where"),
        [
            ("packslip.toml", "# routes = []", 'routes = [{ store = ["nowhere"] }]', "packslip.toml: routes.0.store"),
            ("catalogue/products.csv", ",,halden\n", ",,nowhere\n", "catalogue/products.csv"),
        ],
    )
    def test_a_store_that_is_named_and_has_no_brand_is_told(
        self, shop: Path, name: str, old: str, new: str, where: str
    ) -> None:
        edit(shop, name, old, new)
        assert [finding.code for finding in found(shop)] == ["store.unknown"]
        assert where in str(found(shop)[0].where)

    def test_a_store_whose_orders_were_printed_and_that_lost_its_brand_is_noted(self, shop: Path) -> None:
        (shop / "past.csv").write_text(
            "order_id,order_date,currency,store,ship_name,ship_line1,ship_city,ship_postcode,ship_country,"
            "line_id,sku,description,quantity\n"
            "1,2026-01-05,GBP,nowhere,Ada Brink,1 Wharf Lane,Bristol,BS1 6XN,GB,1,A,Bowl,1\n",
            encoding="utf-8",
        )
        assert run(["-w", str(shop), "history", "import", str(shop / "past.csv")]) == Exit.WELL
        assert [(finding.severity, finding.code) for finding in found(shop)] == [("note", "store.unknown")]

    def test_phrases_of_a_store_without_brand_are_told(self, shop: Path) -> None:
        shutil.copytree(shop / "rules/phrases/halden", shop / "rules/phrases/nowhere")
        assert [str(finding.where) for finding in found(shop)] == ["rules/phrases/nowhere"]

    def test_fonts_of_a_dealer_that_are_not_there_are_told(self, shop: Path) -> None:
        write(shop, "halden/b.toml", "[fonts]\ntext = 'Intre'\n")
        findings = [str(finding) for finding in check_world(World.open(shop))]
        assert any(
            "layouts/brands/halden/b.toml: fonts.text" in line and "did you mean 'Inter'" in line for line in findings
        )


def test_the_shipped_brands_and_their_dealer_are_well(shop: Path) -> None:
    assert told(shop) == []
    for brand in with_dealers(World.open(shop).brands.values()):
        paper = parse_color(brand.colours["paper"])
        for name, least in (("ink", TEXT), ("quiet", TEXT), ("accent", TEXT), ("rule", LINE)):
            assert ratio(parse_color(brand.colours[name]), paper) >= least


def test_the_sample_of_the_dealer_is_ready(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = str(ROOT / "samples/17-dealer-de.csv")
    assert run(["-w", str(ROOT), "render", sample, "--out", str(tmp_path), "--workers", "1", "--json"]) == Exit.WELL
    assert '"promo_code": "WL-' in capsys.readouterr().out


@pytest.mark.parametrize("layout", ["atelier-a4", "note-a5", "label-4x6", "plain"])
def test_the_dealer_draws_in_every_layout_without_a_fault(shop: Path, layout: str) -> None:
    drawn = one_slip(shop, "halden/wendel", layout)
    assert [str(fault) for fault in drawn.faults if not fault.code.startswith("picture.")] == []
    assert replace(drawn.case, number=7).name.startswith("07-")
    assert "/" not in drawn.case.name
