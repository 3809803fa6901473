"""A table of docs/prefect.md: each operation that clients use, whether a server has it, how many journeys show it."""

import socket

from .api import API
from .fixtures import ANSWERS, Series, read_journey
from .operations import FIXTURES, Operation, operations

NOBODY = "00000000-0000-4000-8000-000000000000"
PENDING = FIXTURES.parent / "pending.txt"
FILLED = {"view": "aggregate-worker-metadata", "countable": "event", "name": "nothing", "id": NOBODY}


def route(operation: Operation) -> str:
    """A path of the operation, to something that there is not."""
    parts = operation.path.split("/")
    return "/".join(FILLED.get(part.strip("{}"), NOBODY) if part.startswith("{") else part for part in parts)


def has(api: API, operation: Operation) -> bool:
    """Whether a server knows the route: what it does not know, it answers with `Not Found` and no more, or with 405."""
    if operation.method == "WS":
        return upgrade_status(api, route(operation)) == 101
    path = route(operation) + ("?client=x" if operation.path == "/csrf-token" else "")
    status, said = api.ask(operation.method, path, {} if operation.method in ("POST", "PUT", "PATCH") else None)
    unknown = isinstance(said, dict) and said.get("detail") == "Not Found"
    return status != 405 and not (status == 404 and unknown)


def upgrade_status(api: API, path: str) -> int:
    """The status that a server answers an attempt to open a websocket with."""
    lines = [
        f"GET /api{path} HTTP/1.1", f"Host: {api.host}:{api.port}", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: prefect",
        "", "",
    ]
    with socket.create_connection((api.host, api.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return int(connection.recv(4096).split(b" ", 2)[1])


def journeys_by_operation() -> dict[str, int]:
    """How many journeys that end as they should call each operation, or open it, if it is a websocket."""
    pending = {line.split("|")[0].strip() for line in PENDING.read_text().splitlines() if not line.startswith("#")}
    counts: dict[str, int] = {}
    for folder in sorted(path for path in FIXTURES.iterdir() if path.is_dir()):
        series = Series.read(folder.name)
        for path in folder.glob("*.txt"):
            if path.name == ANSWERS or f"{folder.name}/{path.stem}" in pending:
                continue
            facts = read_journey(series, path.stem)
            always = {name for name, _ in facts.answers.keys() - facts.sometimes if not name.startswith("WS ")}
            for name in always | {f"WS {path}" for path in facts.websockets}:
                counts[name] = counts.get(name, 0) + 1
    return counts


def table(api: API) -> list[str]:
    """The table, for the server at this address."""
    counts = journeys_by_operation()
    lines = ["| operation | part | clients | Sluice has it | journeys that use it |", "|---|---|---|---|--:|"]
    for each in operations():
        known = "yes" if has(api, each) else "no"
        lines.append(f"| `{each.name}` | {each.milestone} | {each.callers} | {known} | {counts.get(each.name, 0)} |")
    return lines
