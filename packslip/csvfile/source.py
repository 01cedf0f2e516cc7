"""The records of one file, from the beginning or from a line on: quickly as long as they are sound, else carefully."""

import csv
import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from packslip.csvfile.content import Content
from packslip.csvfile.encoding import Encoding
from packslip.csvfile.records import MOST_LINE_CHARS, Record, Records, quoting_of


class Damaged(Exception):
    """The quick reading met a record it cannot read."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the records come from."""

    content: Content
    encoding: Encoding
    first: int  #: line where reading begins
    delimiter: str
    quoted: bool

    def text(self, line: int = 1) -> io.TextIOWrapper:
        """The text from a line on; a byte that was sound a moment ago and is not now reads as U+FFFD."""
        stream = self.content.open()
        stream.seek(self.encoding.mark)
        text = io.TextIOWrapper(stream, encoding=self.encoding.codec, errors="replace", newline="")
        for _ in range(line - 1):
            while (part := text.readline(MOST_LINE_CHARS)) and part[-1] not in "\r\n":
                pass
        return text

    def records(self, line: int = 0) -> Generator[Record, None, None]:
        """The records from a line on, damaged ones too."""
        first = line or self.first
        with self.text(first) as text:
            yield from Records(text, delimiter=self.delimiter, first_line=first, quoted=self.quoted)

    def quick(self) -> Iterator[tuple[int, int, list[str]]]:
        """First line, line after the last, and cells of the records, as the csv module alone reads them.

        Raises:
            Damaged: the record from that line on cannot be read; the ones before are sound.
        """
        with self.text(self.first) as text:
            quoting = quoting_of(quoted=self.quoted)
            first = line = self.first
            chars = 0  #: of the record in hand

            def lines() -> Iterator[str]:
                nonlocal chars
                for part in text:
                    chars += len(part)
                    if chars > MOST_LINE_CHARS:
                        raise Damaged(line)
                    yield part

            reader = csv.reader(lines(), delimiter=self.delimiter, strict=True, quoting=quoting)
            try:
                for cells in reader:
                    after = first + reader.line_num
                    yield line, after, cells
                    line, chars = after, 0
            except csv.Error:
                raise Damaged(line) from None
