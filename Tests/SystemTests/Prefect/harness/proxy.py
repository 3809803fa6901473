"""A recording proxy: passes HTTP and websockets on to a server, byte by byte, and writes down what was said.

It runs in a thread of its own. One JSON object a line: `http` for a request with its answer; `ws-open`, `ws` for each
text message, and `ws-close` for websockets.
"""

import asyncio
import itertools
import json
import threading
from pathlib import Path
from urllib.parse import urlsplit

from .frames import FrameReader, parsed

LIMIT = 1 << 26
"""Longest line or body, in bytes."""


class Head:
    """The first line and the header fields of a request or of an answer."""

    def __init__(self, raw: bytes):
        first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
        self.first = first
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]

    def get(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.fields if key.lower() == name), default)

    def without(self, *names: str) -> bytes:
        kept = [f"{key}: {value}" for key, value in self.fields if key.lower() not in names]
        return "\r\n".join([self.first, *kept, "", ""]).encode("latin-1")


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next head, or nothing when the other side has closed."""
    try:
        return Head(await reader.readuntil(b"\r\n\r\n"))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def read_body(reader: asyncio.StreamReader, head: Head, bodiless: bool = False) -> tuple[bytes, bytes]:
    """The body as it was sent, and its content."""
    if bodiless:
        return b"", b""
    if "chunked" in head.get("transfer-encoding"):
        return await read_chunks(reader)
    if length := int(head.get("content-length", "0")):
        content = await reader.readexactly(length)
        return content, content
    if head.first.startswith("HTTP/") and not head.get("content-length"):
        content = await reader.read(-1)
        return content, content
    return b"", b""


async def read_chunks(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    raw, content = bytearray(), bytearray()
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        raw += line
        chunk = await reader.readexactly(size + 2)
        raw += chunk
        if size == 0:
            return bytes(raw), bytes(content)
        content += chunk[:-2]


class RecordingProxy:
    """Listens on a free port of the loopback and passes everything on to `upstream` (host, port)."""

    def __init__(self, upstream: tuple[str, int], record: Path):
        self.upstream = upstream
        self.port = 0
        self._record = record.open("w", buffering=1)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "RecordingProxy":
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        with self._lock:
            self._record.close()

    def write(self, **line) -> None:
        """Writes a line into the record, if that is still open."""
        with self._lock:
            if not self._record.closed:
                self._record.write(json.dumps(line) + "\n")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LIMIT))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        above = None
        try:
            above = await asyncio.open_connection(*self.upstream, limit=LIMIT)
            while await self._exchange(reader, writer, *above):
                pass
        except (OSError, asyncio.IncompleteReadError, ConnectionError):
            pass  # one side has gone: the other one is told by the closing below
        finally:
            for each in (writer, above[1] if above else None):
                if each is not None:
                    each.close()

    async def _exchange(self, reader, writer, above_reader, above_writer) -> bool:
        """Passes one request and its answer on; says whether another one may follow."""
        request = await read_head(reader)
        if request is None:
            return False
        method, target, _ = request.first.split(" ", 2)
        upgrade = request.get("upgrade").lower() == "websocket"
        body, content = await read_body(reader, request)
        above_writer.write(request.without("sec-websocket-extensions" if upgrade else "accept-encoding") + body)
        answer = await read_head(above_reader)
        if answer is None:
            return False
        status = int(answer.first.split(" ", 2)[1])
        if status == 101:
            writer.write(answer.without())
            await self._converse(target, reader, writer, above_reader, above_writer)
            return False
        raw, said = await read_body(above_reader, answer, method == "HEAD" or status in (204, 304))
        if upgrade:
            self.write(kind="ws-refused", path=urlsplit(target).path, status=status)
        else:
            self._note(method, target, content, status, answer, said)
        writer.write(answer.without() + raw)
        await writer.drain()
        return "close" not in (request.get("connection").lower(), answer.get("connection").lower())

    def _note(self, method: str, target: str, content: bytes, status: int, answer: Head, said: bytes) -> None:
        url = urlsplit(target)
        self.write(
            kind="http", method=method, path=url.path, query=url.query, req=parsed(content) if content else None,
            status=status, retry_after=answer.get("retry-after") or None, resp=parsed(said) if said else None)

    async def _converse(self, target: str, reader, writer, above_reader, above_writer) -> None:
        name, path = f"ws{next(self._numbers)}", urlsplit(target).path
        self.write(kind="ws-open", conn=name, path=path)
        await asyncio.gather(
            self._pass_on(name, path, "c>s", reader, above_writer),
            self._pass_on(name, path, "s>c", above_reader, writer))

    async def _pass_on(self, name: str, path: str, direction: str, reader, writer) -> None:
        frames = FrameReader()
        try:
            while chunk := await reader.read(1 << 16):
                for frame in frames.feed(chunk):
                    self.write(kind="ws", conn=name, path=path, dir=direction, frame=frame)
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        self.write(kind="ws-close", conn=name, path=path, dir=direction, code=frames.close_code)
        writer.close()
