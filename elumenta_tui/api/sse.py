"""Server-sent events: bytes in, the data of events out.

By the rules of the WHATWG ("Server-sent events", section 9.2.6), fed with a byte stream that may be cut
anywhere. No socket, no clock, and no opinion on what the data means.
"""

from __future__ import annotations

LONGEST_EVENT = 16 * 1024 * 1024
"""Bytes of an event that may be kept before its end has come. A megabyte on the wire may unpack to a thousand."""

_LINE_COST = 64
"""Bytes that a line of data takes at least, however short it is."""

_BOM = b"\xef\xbb\xbf"


class SSEDecoder:
    """Decodes one event stream. Time is linear in the bytes, memory is what the unfinished event holds.

    The caller has to end a stream whose unfinished event `is_too_long`.
    """

    def __init__(self) -> None:
        self._opening: bytes | None = b""
        """The first bytes, as long as they may still become a byte order mark; then None."""
        self._after_cr = False
        """The last byte was a CR: its line is done already, an LF that follows belongs to it."""
        self._line = bytearray()
        """The unfinished line."""
        self._data: list[bytes] = []
        """The data lines of the unfinished event."""
        self._data_size = 0

    @property
    def is_too_long(self) -> bool:
        """Whether the unfinished event is longer than any that this service sends."""
        return len(self._line) + self._data_size > LONGEST_EVENT

    def feed(self, data: bytes) -> list[str]:
        """The data of the events that these bytes complete, in order.

        Several data lines are joined by `\\n`. Events without data, or with empty data, are left out. An
        event is complete with its blank line, so one that the stream leaves unfinished never appears. The
        text is always decoded as UTF-8, with U+FFFD for what is none.
        """
        if self._opening is not None:
            data = self._opening + data
            if len(data) < len(_BOM) and _BOM.startswith(data):
                self._opening = data
                return []
            self._opening = None
            data = data.removeprefix(_BOM)
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if not data:
            return []
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

        # Only these two bytes end a line, and neither is ever part of a longer UTF-8 sequence: splitting
        # before decoding is what the rules describe the other way round.
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._line:
            lines[0] = bytes(self._line + lines[0])
            self._line.clear()
        payloads = self._read(lines) if lines else []
        # A comment is void however long it gets, so it need not be kept: its colon is enough to know it by.
        if rest and not self._line.startswith(b":"):
            self._line += rest
        return payloads

    def _read(self, lines: list[bytes]) -> list[str]:
        payloads: list[str] = []
        event, size = self._data, self._data_size
        before = len(event)
        for line in lines:
            if not line:
                if event:
                    payload = b"\n".join(event).decode("utf-8", "replace")
                    if payload:
                        payloads.append(payload)
                    event.clear()
                    before = size = 0
            elif line.startswith(b"data:"):
                event.append(line[6:] if line.startswith(b" ", 5) else line[5:])
            elif line == b"data":
                event.append(b"")
            # `event`, `id`, `retry`, comments and unknown fields carry nothing that this service gives a
            # meaning to.
        if event:
            fresh = event[before:]
            size += sum(map(len, fresh)) + _LINE_COST * len(fresh)
        self._data_size = size
        return payloads
