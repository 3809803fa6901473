"""Asks a server directly, past the proxy: to see how a journey ended, and to wait for what it waits for."""

import http.client
import json
import time
from collections.abc import Iterator

WAIT_SECONDS = 60
PAGE = 200
EVENTS_PAGE = 50


class Unavailable(Exception):
    """The server does not answer as expected."""


class API:
    """The REST API at one address."""

    def __init__(self, host: str, port: int):
        self.host, self.port = host, port

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/api"

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        """The status and the parsed body of an answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, f"/api{path}", text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content.strip() else None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()

    def get(self, path: str) -> object:
        return self._good("GET", path)

    def post(self, path: str, body: object = None) -> object:
        return self._good("POST", path, {} if body is None else body)

    def all(self, path: str, **filters) -> list[dict]:
        """Every page of a filter route."""
        found: list[dict] = []
        while len(page := self.post(path, {**filters, "limit": PAGE, "offset": len(found)})) == PAGE:
            found += page
        return found + page

    def events(self) -> Iterator[dict]:
        """Every event, page after page."""
        page = self.post("/events/filter", {"limit": EVENTS_PAGE})
        while True:
            yield from page["events"]
            if not page["next_page"]:
                return
            page = self.get("/events" + page["next_page"].split("/events", 1)[1])

    def _good(self, method: str, path: str, body: object = None) -> object:
        status, said = self.ask(method, path, body)
        if status >= 400:
            raise Unavailable(f"{method} {path}: {status} {str(said)[:300]}")
        return said

    def ready(self) -> bool:
        try:
            return self.ask("GET", "/health")[0] == 200
        except Unavailable:
            return False


def until(what: str, condition, seconds: float = WAIT_SECONDS):
    """Waits for `condition` to give something, and gives that. Raises `TimeoutError` after a while."""
    deadline = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not after {seconds:g} s")
        time.sleep(0.1)
