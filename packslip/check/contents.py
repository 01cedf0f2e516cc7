"""Whether the weekly content can be printed: brands that are there, letters that their fonts have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from packslip.compose import faces_of, lacking_letters, name_letters
from packslip.content_feeds import ContentFeedSettings
from packslip.library.brands import Brand
from packslip.library.contents import Content
from packslip.library.fonts import FontFile
from packslip.library.layouts import Layout
from packslip.model import Finding, Where, error

_FIELDS = ("kicker", "headline", "body")


def check_contents(
    contents: Iterable[Content],
    feeds: Iterable[ContentFeedSettings],
    layouts: Iterable[Layout],
    brands: Mapping[str, Brand],
    fonts: Sequence[FontFile],
) -> tuple[Finding, ...]:
    """What is wrong with blocks, and with feeds that bring more of them."""
    contents, layouts = tuple(contents), tuple(layouts)
    places = [(Where(file=content.file, spot="stores"), content.stores) for content in contents]
    places += [(Where(file="packslip.toml", spot=f"content_feeds.{feed.name}.stores"), feed.stores) for feed in feeds]
    known = ", ".join(brands)
    stores = tuple(
        error("store.unknown", where, f"no brand {store!r}", f"layouts/brands holds: {known}")
        for where, named in places
        for store in named
        if store not in brands
    )
    letters = (finding for content in contents for finding in _letters(content, layouts, brands, fonts))
    return (*stores, *dict.fromkeys(letters))


def _letters(
    content: Content, layouts: Iterable[Layout], brands: Mapping[str, Brand], fonts: Sequence[FontFile]
) -> Iterator[Finding]:
    """Letters that a brand's faces in a layout lack; a slip would leave the whole block out."""
    stores = [brands[store] for store in content.stores or brands if store in brands]
    for layout in layouts:
        shown = [field for field in _FIELDS if f"content.{field}" in layout.variables]
        for brand in stores if shown and fonts else ():
            faces = faces_of(layout, brand, fonts)
            for locale, text in content.texts.items():
                for field in shown:
                    lacking = lacking_letters(getattr(text, field), faces)
                    if lacking:
                        where = Where(file=content.file, spot=f"text.{locale}.{field}")
                        message = f"no font of {brand.store} has {name_letters(lacking)}"
                        hint = "write it otherwise, or add a font with it to layouts/fonts and to the brand's families"
                        yield error("glyph.missing", where, message, hint)
