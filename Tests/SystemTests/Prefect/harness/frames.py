"""Reads websocket frames out of a stream of bytes, in one direction of one connection."""

import json
import struct
from collections.abc import Iterator

TEXT, CLOSE, CONTINUATION = 1, 8, 0


class FrameReader:
    """Takes bytes as they pass and gives the text messages and the close code among them. Frames are not compressed."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._message = bytearray()
        self.close_code: int | None = None

    def feed(self, chunk: bytes) -> Iterator[object]:
        """The messages that end in this chunk, parsed when they are JSON."""
        self._bytes += chunk
        while (frame := self._next()) is not None:
            final, code, content = frame
            if code == CLOSE:
                self.close_code = struct.unpack("!H", content[:2])[0] if len(content) >= 2 else 1005
            elif code in (TEXT, CONTINUATION):
                self._message += content
                if final:
                    yield parsed(bytes(self._message))
                    self._message.clear()

    def _next(self) -> tuple[bool, int, bytes] | None:
        data = self._bytes
        if len(data) < 2:
            return None
        length, start = data[1] & 0x7F, 2
        if length >= 126:
            width = 2 if length == 126 else 8
            if len(data) < start + width:
                return None
            length, start = int.from_bytes(data[start:start + width], "big"), start + width
        mask = b""
        if data[1] & 0x80:
            mask, start = bytes(data[start:start + 4]), start + 4
        if len(data) < start + length:
            return None
        content = bytes(data[start:start + length])
        if mask:
            content = unmasked(content, mask)
        final, code = bool(data[0] & 0x80), data[0] & 0x0F
        del data[:start + length]
        return final, code, content


def unmasked(content: bytes, mask: bytes) -> bytes:
    repeated = (mask * (len(content) // 4 + 1))[:len(content)]
    return (int.from_bytes(content, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(content), "big")


def parsed(content: bytes) -> object:
    """The JSON value that these bytes hold, or else their beginning as text."""
    try:
        return json.loads(content)
    except ValueError:
        return {"__raw__": content[:300].decode(errors="replace")}
