from pathlib import Path

import pytest

from packslip.check.families import check_families
from packslip.library.brands import load_brands
from packslip.library.fonts import FontFile, load_fonts
from packslip.library.layouts import Layout, load_layouts, read_variables

ROOT = Path(__file__).resolve().parent.parent
TOML = 'title = "A card"\nmedia = "a5"\n'


def write(folder: Path, html: str = "{{ order.id }}", css: str = "", toml: str = TOML) -> Path:
    card = folder / "card"
    card.mkdir()
    (card / "slip.html").write_text(html, encoding="utf-8")
    (card / "slip.css").write_text(css, encoding="utf-8")
    (card / "layout.toml").write_text(toml, encoding="utf-8")
    return folder


def test_loop_variables_are_known_by_what_they_run_over() -> None:
    html = "{% for line in lines %}{{ line.name }}{% if line.to_come %}x{% endif %}{% endfor %}{{ copy.label.here }}"
    assert set(read_variables(html, file="slip.html")) == {"lines", "lines.name", "lines.to_come", "copy.label.here"}


def test_a_name_means_the_slip_again_after_its_loop() -> None:
    html = "{% for order in lines %}{{ order.name }}{% endfor %}\n{{ order.id }}"
    uses = read_variables(html, file="slip.html")
    assert uses["order.id"].line == 2
    assert "lines.name" in uses


def test_a_sound_layout_has_no_findings(tmp_path: Path) -> None:
    layouts, findings = load_layouts(write(tmp_path))
    assert findings == ()
    assert layouts["card"].max_pages == 1


@pytest.mark.parametrize(
    ("toml", "html", "place", "told"),
    [
        (TOML + "max_page = 3", "", "layouts/card/layout.toml:3: max_page", "did you mean 'max_pages'"),
        (TOML + "max_pages = 0", "", "layouts/card/layout.toml:3: max_pages", "got 0"),
        ('media = "a5"', "", "layouts/card/layout.toml", "missing"),
        (TOML, "\n{% if order %}", "layouts/card/slip.html:2", "endif"),
        (TOML + 'fallback = "plian"', "", "fallback", "no layout 'plian'"),
        ("title = ", "", "layouts/card/layout.toml:1", "no TOML"),
    ],
)
def test_a_fault_in_a_layout_is_told_with_its_place(
    tmp_path: Path, toml: str, html: str, place: str, told: str
) -> None:
    _, findings = load_layouts(write(tmp_path, html=html or "x", toml=toml))
    assert any(place in str(finding) and told in str(finding) for finding in findings), [*map(str, findings)]


def shipped() -> tuple[dict[str, Layout], tuple[FontFile, ...]]:
    layouts, findings = load_layouts(ROOT / "layouts")
    assert findings == ()
    fonts, findings = load_fonts(ROOT / "layouts" / "fonts")
    assert findings == ()
    return layouts, fonts


def test_a_family_that_no_file_has_is_told_with_what_was_meant(tmp_path: Path) -> None:
    _, fonts = shipped()
    css = "@page { @top-left { font: 400 8pt/9pt 'Intar', serif } }\np { font-family: var(--text), Inter }"
    layouts, _ = load_layouts(write(tmp_path, css=css))
    told = [str(finding) for finding in check_families(layouts.values(), (), fonts)]
    assert len(told) == 2
    assert "did you mean 'Inter'" in told[0]
    assert "slip.css:1" in told[0]
    assert "machine's choice" in told[1]


def test_shipped_layouts_and_brands_name_only_shipped_fonts() -> None:
    layouts, fonts = shipped()
    brands, findings = load_brands(ROOT / "layouts" / "brands")
    assert findings == ()
    assert {"oriel-ash", "halden"} <= brands.keys()
    assert check_families(layouts.values(), brands.values(), fonts) == ()


def test_a_third_brand_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "brands").mkdir()
    (tmp_path / "brands" / "fjell.toml").write_text('name = "Fjell"\n[colours]\naccent = "#333"\n', encoding="utf-8")
    brands, findings = load_brands(tmp_path / "brands")
    assert findings == ()
    assert brands["fjell"].colours == {"accent": "#333"}


def test_a_broken_font_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0nonsense")
    fonts, findings = load_fonts(tmp_path)
    assert fonts == ()
    assert [finding.code for finding in findings] == ["font.broken", "fonts.missing"]
