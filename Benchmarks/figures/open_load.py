"""Submits runs at a steady rate through the API, whatever becomes of them: an open loop over a few connections."""

import json
import select
import socket
import time
from collections import deque

from measuring.machine import CannotRun

PATIENCE_SECONDS = 30
GATHERING_NS = 5_000_000
MOST_AT_ONCE = 100


class OpenLoad:
    """What is due within some milliseconds goes into one request, as from a client that has many runs to queue. A run
    may say when it was due (CLOCK_MONOTONIC, in ns), which is before its request is sent: what it waits here, for the
    request to be due and for a connection to be free, counts as well."""

    def __init__(self, port: int, connections: int):
        self.host = f"127.0.0.1:{port}"
        self.sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
        self.poll = select.epoll()
        for connection in self.sockets:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.poll.register(connection.fileno(), select.EPOLLIN)
        self.by_descriptor = {connection.fileno(): connection for connection in self.sockets}
        self.free = deque(self.sockets)
        self.late_ms: list[float] = []
        """How much later than due each run of the last `submit` was sent."""

    def __enter__(self) -> "OpenLoad":
        return self

    def __exit__(self, *_) -> None:
        self.poll.close()
        for connection in self.sockets:
            connection.close()

    def submit(self, deployment: str, count: int, rate: float, parameters) -> float:
        """Submits `count` runs, `rate` of them a second, and gives the rate that it came to.

        `parameters` makes a run's parameters from the time at which it is due.
        """
        path = f"/api/deployments/{deployment}/create_flow_run/bulk"
        began = time.monotonic_ns()
        interval = 1e9 / rate
        sent = 0
        self.late_ms = []
        while sent < count or len(self.free) < len(self.sockets):
            now = time.monotonic_ns()
            due = [began + int(number * interval) for number in range(sent, min(count, sent + MOST_AT_ONCE))]
            due = [moment for moment in due if moment <= now]
            if due and self.free:
                self.late_ms += [(now - moment) / 1e6 for moment in due]
                runs = [{"parameters": parameters(moment)} for moment in due]
                self._send(path, json.dumps(runs, separators=(",", ":")))
                sent += len(due)
            self._take_answers(0 if self.free and sent < count else PATIENCE_SECONDS)
            if self.free and sent < count:
                next_request = max(now + GATHERING_NS, began + int(sent * interval))
                time.sleep(max(0, (next_request - time.monotonic_ns()) / 1e9))
        return count / ((time.monotonic_ns() - began) / 1e9)

    def _send(self, path: str, body: str) -> None:
        self.free.popleft().sendall(
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode())

    def _take_answers(self, seconds: float) -> None:
        ready = self.poll.poll(seconds)
        if seconds > 0 and not ready:
            raise CannotRun(f"the server has not answered for {seconds} s")
        for descriptor, _ in ready:
            connection = self.by_descriptor[descriptor]
            answer = connection.recv(65536)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise CannotRun(f"the server has answered {answer[:300]!r}")
            while not _is_whole(answer):
                answer += connection.recv(65536)
            if b'"FAILED"' in answer:
                raise CannotRun(f"the server has refused a run: {answer[:300]!r}")
            self.free.append(connection)


def _is_whole(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return False
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return len(body) >= int(length.partition(b":")[2])
