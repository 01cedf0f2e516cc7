"""Bitmap: one page as a print head burns it, dot for dot. What the press keeps and printer languages say."""

from dataclasses import dataclass

from packslip.units import Dots, DotsPerMm, Mm, mm_from_dots


@dataclass(frozen=True, slots=True, kw_only=True)
class Bitmap:
    """Black and white dots, nothing in between."""

    width: Dots
    height: Dots
    resolution: DotsPerMm
    rows: (
        bytes  #: from the top; eight dots a byte, the leftmost highest, 1 is black; a row ends in white to a whole byte
    )

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return -(-self.width // 8)

    @property
    def width_mm(self) -> Mm:
        """Width on paper."""
        return mm_from_dots(self.width, self.resolution)

    @property
    def height_mm(self) -> Mm:
        """Height on paper."""
        return mm_from_dots(self.height, self.resolution)
