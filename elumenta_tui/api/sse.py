"""Decode server-sent events: bytes in, the data of events out.

Implements the WHATWG rules ("Server-sent events", section 9.2.6) on a byte stream that may be cut anywhere. No socket, no
clock, and no interpretation of the data.
"""

from __future__ import annotations

LONGEST_EVENT = 16 * 1024 * 1024
"""Bytes of an unfinished event, at most. A megabyte on the wire may unpack to a thousand."""

_LINE_COST = 64
"""Bytes that a line of data counts at least, however short it is."""

_BOM = b"\xef\xbb\xbf"


class SSEDecoder:
    """Decodes one event stream in linear time. Memory is bounded by the unfinished event.

    The caller must end a stream whose unfinished event `is_too_long`.
    """

    def __init__(self) -> None:
        self._opening: bytes | None = b""
        """The first bytes, while they may still become a byte order mark; then None."""
        self._after_cr = False
        """True after a CR: its line is complete, and an LF that follows belongs to it."""
        self._line = bytearray()
        """The unfinished line."""
        self._data: list[bytes] = []
        """Data lines of the unfinished event."""
        self._data_size = 0

    @property
    def is_too_long(self) -> bool:
        """Whether the unfinished event is longer than any that this service sends."""
        return len(self._line) + self._data_size > LONGEST_EVENT

    def feed(self, data: bytes) -> list[str]:
        """Return the data of the events that these bytes complete, in order.

        Several data lines are joined by `\\n`. Events without data, or with empty data, are skipped. An event is complete
        with its blank line, so an unfinished one never appears. Text is always decoded as UTF-8, with U+FFFD for invalid
        bytes.
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

        # Only these two bytes end a line, and neither is part of a longer UTF-8 sequence. So splitting before decoding
        # equals the rules, which decode first.
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._line:
            lines[0] = bytes(self._line + lines[0])
            self._line.clear()
        payloads = self._read(lines) if lines else []
        # A comment is dropped however long it gets. Its colon is enough to recognize it.
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
            # `event`, `id`, `retry`, comments and unknown fields mean nothing to this service.
        if event:
            fresh = event[before:]
            size += sum(map(len, fresh)) + _LINE_COST * len(fresh)
        self._data_size = size
        return payloads
