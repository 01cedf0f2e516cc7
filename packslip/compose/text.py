"""Text that came from outside, made fit for paper without changing what it says."""

import re
import unicodedata

_BREAKS = re.compile(r"[ \t\r\n\v\f\x85\u2028\u2029]+")
_LINE_END = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """The text on one line: composed characters (NFC), runs of blanks and line ends as one space."""
    return _BREAKS.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def paragraph(text: str) -> str:
    """The text with its own line ends kept, each a line feed."""
    lines = _LINE_END.sub("\n", unicodedata.normalize("NFC", text)).split("\n")
    return "\n".join(one_line(line) for line in lines).strip("\n")
