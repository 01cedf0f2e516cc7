import tomllib
from pathlib import Path

import pytest

from packslip.errors import WorkspaceError
from packslip.settings import Settings, load_settings
from packslip.settings_toml import settings_toml

ROOT = Path(__file__).resolve().parent.parent
IMPOSED = """
[media.a4]
width_mm = 210
height_mm = 297
profile = 'office'
[media.sheet]
width_mm = 320
height_mm = 450
unprintable_mm = [5, 10, 5, 5]
[printers.one]
media = 'a4'
imposition = 'two'
[stations.bench]
printers = ['one']
[impositions.two]
media = 'sheet'
"""


def test_the_workspace_s_own_file_states_every_setting_as_it_is_by_default() -> None:
    assert (ROOT / "packslip.toml").read_text(encoding="utf-8") == settings_toml()


def test_a_written_file_reads_back_as_the_same_settings(tmp_path: Path) -> None:
    path = tmp_path / "packslip.toml"
    settings = Settings(
        shop={"store": "halden", "country": "SE", "country_locales": {"SE": "en-GB"}},
        media={
            **{name: media.model_dump() for name, media in Settings().media.items()},
            "card": {
                "width_mm": 105,
                "height_mm": 148,
                "profile": "pdfx4-cmyk",
                "condition": "FOGRA39L_coated",
                "bleed_mm": 3,
                "zones": [{"kind": "fold", "y_mm": 74, "width_mm": 105}],
            },
        },
    )
    path.write_text(settings_toml(settings), encoding="utf-8")
    assert load_settings(path) == settings


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[shop]\nstoer = 'x'", "toml: shop.stoer: unknown key, did you mean 'store'; hint"),
        ("[shop]\ncountry = 'Germany'", "shop.country"),
        ("[review]\nurl = 'https://a.example/'", "toml: review.url: must hold {token} once"),
        ("[printers.one]\nmedia = 'a3'", "no media 'a3'"),
        ("[printers.one]\nmedia = 'a4'\nlanguage = 'zpl'", "media 'a4' has the profile 'office'; set pdf"),
        ("[printers.one]\nmedia = 'label-4x6'\nlanguage = 'pcl'", "printers.one.language"),
        (
            "[printers.one]\nmedia = 'a4'\nkind = 'ipp'",
            "printers.one.uri: kind 'ipp' wants ipp://host or ipps://host, got ''",
        ),
        (
            "[printers.one]\nmedia = 'a4'\nkind = 'ipp'\nuri = 'ipp://name:word@host/ipp'",
            "printers.one.uri: kind 'ipp' wants",
        ),
        ("[printers.one]\nmedia = 'a4'\nuri = 'ipp://host/'", "printers.one.uri: a folder printer has none"),
        (
            "[printers.one]\nmedia = 'a4'\nkind = 'socket'\nuri = 'socket://host:9100'",
            "printers.one.language: a socket takes raw data and cannot be asked, so it must say its language",
        ),
        ("[printers.one]\nmedia = 'a4'\npreamble = '@PJL'", "printers.one.preamble: only a socket printer takes one"),
        (
            "[printers.one]\nmedia = 'a4'\nkind = 'socket'\nuri = 'socket://h'\nlanguage = 'pdf'\npreamble = \"é\"",
            "printers.one.preamble: only printable ASCII",
        ),
        ("[printers.one]\nmedia = 'a4'\ndeputy = 'one'", "printers.one.deputy: no other printer 'one'"),
        (
            "[printers.one]\nmedia = 'a4'\ndeputy = 'two'\n[printers.two]\nmedia = 'a5'",
            "printers.one.deputy: 'two' is loaded with 'a5', not 'a4'",
        ),
        ("[[routes]]\nprinters = ['three']", "routes.0.printers: no such printer 'three'; declared: bench-a4"),
        ("[[routes]]\nstation = ['attic']", "routes.0.station: no such station 'attic'; declared: bench"),
        ("[folders.web]\npath = 'web'\nmaping = 'x'", "folders.web.maping: unknown key, did you mean 'mapping'"),
        ("[folders.web]\npath = 'web'\ninbox = 'x'", "folders.web.inbox: unknown key, remove it"),
        ("[[routes]]\nprint_on = 'later'", "routes.0.print_on"),
        ("[hotfolder]\nstation = 'attic'", "toml: hotfolder.station: no station 'attic'; declared: bench"),
        ("[folders.b]\npath = 'b'\nstation = 'attic'", "toml: folders.b.station: no station 'attic'"),
        ("[folders.b]", "toml: folders.b.path: missing, add the key"),
        ("[folders.b]\npath = 'b'\nreadines = 'rename'", "unknown key, did you mean 'readiness'"),
        ("[folders.b]\npath = 'b'\nreadiness = 'ok'", "folders.b.readiness: expected 'stable', 'rename'"),
        ("[folders.b]\npath = 'b'\nsuffixes = ['csv']", "toml: folders.b.suffixes.0: "),
        ("default_station = 'attic'", "toml: default_station: no station 'attic'"),
        (
            "[media.a9]\nwidth_mm = 37\nheight_mm = 52\nbleed_mm = 3\nunprintable_mm = [4, 4, 4, 4]",
            "toml: media.a9.bleed_mm: a device with",
        ),
        (
            "[media.a9]\nwidth_mm = 37\nheight_mm = 52\nzones = [{ kind = 'fold', width_mm = 37 }]",
            "a line across wants y_mm",
        ),
        (
            "[media.a9]\nwidth_mm = 37\nheight_mm = 52\nzones = [{ kind = 'fold', x_mm = 40, height_mm = 52 }]",
            "a fold at 40, 0 mm that is not inside the page",
        ),
        ("[media.a9]\nwidth_mm = 37\nheight_mm = 52\ncondition = 'FOGRA39L_coated'", "only PDF/X-4"),
        ("[media.a9]\nwidth_mm = 37\nheight_mm = 52\nprofile = 'glossy'", "media.a9.profile: expected 'office'"),
        ("[media.a9]\nwidth_mm = 37\nheight_mm = 52\nprofile = 'glossy'", "or 'thermal', got 'glossy'; hint"),
        ("[media.a9]\nwidth_mm = 37", "toml: media.a9.height_mm: missing, add the key; hint"),
        ("[workers]\ncount = -1", "toml: workers.count: should be greater than or equal to 0, got -1; hint"),
        (
            "[printers.one]\nmedia = 'a5'\nimposition = 'four'\n[media.a5]\nwidth_mm = 1\nheight_mm = 1",
            "no imposition 'four'",
        ),
        ("[impositions.four]\nmedia = 'sra3'", "impositions.four.media: no media 'sra3'; declared: a4"),
        ("[impositions.four]\nmedia = 'a4'\nmarks = ['bleed']", "impositions.four.marks.0"),
        (
            f"{IMPOSED}across = 2",
            "2 slips of 210 mm with gutters, bleed and marks need 436 mm, the sheet prints 300 mm",
        ),
        (IMPOSED.replace("'office'", "'thermal'"), "bitmaps for thermal media are not imposed"),
        ("[shop", "not readable as TOML"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "packslip.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WorkspaceError) as caught:
        load_settings(path)
    assert told in str(caught.value)
    assert str(path) in str(caught.value)


def test_routes_survive_being_written_down(tmp_path: Path) -> None:
    path = tmp_path / "packslip.toml"
    path.write_text("[[routes]]\nmedia = ['a5']\nprint_on = 'call'\n[[routes]]\npriority = 3", encoding="utf-8")
    settings = load_settings(path)
    path.write_text(settings_toml(settings), encoding="utf-8")
    assert load_settings(path) == settings
    assert [way.print_on for way in settings.routes] == ["call", "arrival"]


def test_folders_survive_being_written_down(tmp_path: Path) -> None:
    path = tmp_path / "packslip.toml"
    path.write_text(
        "[folders.web]\npath = 'w'\nreadiness = 'trigger'\nignore = ['*.bak']\n[folders.b]\npath = 'b'\npriority = 3",
        encoding="utf-8",
    )
    settings = load_settings(path)
    path.write_text(settings_toml(settings), encoding="utf-8")
    assert load_settings(path) == settings
    assert settings.folder("web").trigger == ".ok"
    assert settings.folder("b").priority == 3
    assert settings.folder("gone") == settings.hotfolder


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "packslip.toml"
    path.write_text("[workers]\ncount = 3", encoding="utf-8")
    monkeypatch.setenv("PACKSLIP_SET_WORKERS__COUNT", "5")
    assert load_settings(path).workers.count == 5


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for table, values in tomllib.loads(settings_toml()).items():
        keys = values.keys() if isinstance(values, dict) else {table}
        for key in keys:
            assert f"`{key}`" in text or f".{key}" in text or f"{table}.<name>" in text, f"{table}.{key}"
