"""Parts: which pages of a batch are whose, as PDF/VT-1 tells it: a leaf for each slip, in their order.

Says of a part what the caller gives, a word or two for the machine that sorts the sheets; keeps of each one number.
Source: ISO 16612-2:2010, 6.3 to 6.5; ISO 32000-2:2020, 14.12.
"""

from array import array
from collections.abc import Mapping, Sequence

from packslip.press.pdffile import PdfFile, dictionary, name, text

#: What stands before the names of our own metadata.
PREFIX = "Packslip_"
#: The level of the tree on which there is one part for each recipient; the root is level 0.
_RECORD_LEVEL = 1


class Parts:
    """The document parts of a file that is being written."""

    def __init__(self, file: PdfFile) -> None:
        self._file = file
        self._root, self._node = file.reserve(), file.reserve()
        self._leaves = array("Q")

    def begin(self) -> int:
        """A part, for its pages to name; they are written before it."""
        number = self._file.reserve()
        self._leaves.append(number)
        return number

    def end(self, number: int, pages: Sequence[bytes], said: Mapping[str, str]) -> None:
        """Write a part: its first and last page, and what is said of it."""
        metadata = {name(f"{PREFIX}{key}")[1:]: text(value) for key, value in said.items() if value}
        entries = {b"Type": b"/DPart", b"Parent": b"%d 0 R" % self._node, b"Start": pages[0]}
        if len(pages) > 1:
            entries[b"End"] = pages[-1]
        if metadata:
            entries[b"DPM"] = dictionary(metadata)
        self._file.add(dictionary(entries), number)

    def close(self) -> bytes:
        """Write the tree above the parts; what the catalog's DPartRoot refers to."""
        leaves = b" ".join(b"%d 0 R" % leaf for leaf in self._leaves)
        root = b"%d 0 R" % self._root
        self._file.add(dictionary({b"Type": b"/DPart", b"Parent": root, b"DParts": b"[[%b]]" % leaves}), self._node)
        entries = {
            b"Type": b"/DPartRoot",
            b"DPartRootNode": b"%d 0 R" % self._node,
            b"RecordLevel": b"%d" % _RECORD_LEVEL,
            b"NodeNameList": b"[/Batch/Order]",
        }
        return self._file.add(dictionary(entries), self._root)
