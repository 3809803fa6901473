"""The REST API over kept connections, one for each thread."""

import http.client
import json
import threading
import time

PAGE = 200


class Unreachable(Exception):
    """The server gave no answer, or said that it cannot now: whether it did what it was asked is unknown."""


class Refused(Exception):
    """The server's answer is an error."""

    def __init__(self, status: int, text: str):
        super().__init__(f"{status}: {text}")
        self.status = status


class API:
    def __init__(self, address: str, port: int):
        self.address, self.port = address, port
        self.url = f"http://{address}:{port}/api"
        self._local = threading.local()

    def get(self, path: str):
        return self.call("GET", path)

    def post(self, path: str, body, kind: str = "application/json"):
        return self.call("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode(), kind)

    def insist(self, call, seconds: float = 60):
        """Repeats `call` until it is answered."""
        end = time.monotonic() + seconds
        while True:
            try:
                return call()
            except Unreachable:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def call(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"):
        connection = self._connection()
        try:
            connection.request(method, f"/api{path}", body, {"Content-Type": kind})
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as failure:
            connection.close()
            self._local.connection = None
            raise Unreachable(str(failure)) from failure
        if response.status >= 500:
            raise Unreachable(f"{response.status}: {text[:300]!r}")
        if response.status >= 300:
            raise Refused(response.status, text[:500].decode(errors="replace"))
        return json.loads(text) if text else None

    def _connection(self) -> http.client.HTTPConnection:
        if getattr(self._local, "connection", None) is None:
            self._local.connection = http.client.HTTPConnection(self.address, self.port, timeout=30)
        return self._local.connection

    # MARK: What the harness asks for

    def runs(self, filters: dict | None = None):
        """All runs that the filter finds, the newest first, page by page."""
        before = None
        while True:
            own = dict(filters or {})
            if before:
                own["id"] = {**own.get("id", {}), "before_": before}
            page = self.insist(lambda: self.post("/flow_runs/filter", {"flow_runs": own, "limit": PAGE}))
            yield from page
            if len(page) < PAGE:
                return
            before = page[-1]["id"]

    def runs_by_id(self, ids: list[str]) -> list[dict]:
        found = []
        for start in range(0, len(ids), PAGE):
            found += self.runs({"id": {"any_": ids[start:start + PAGE]}})
        return found

    def count(self, *types: str) -> int:
        """Runs in states of these types."""
        return self.post("/flow_runs/count", {"flow_runs": {"state": {"type": {"any_": list(types)}}}})

    def unfinished(self) -> int:
        return self.count("SCHEDULED", "PENDING", "RUNNING", "CANCELLING", "PAUSED")

    def deploy(self, name: str, command: list[str], execution: dict, **more) -> str:
        """Registers `chaos/NAME`; answers its id."""
        flow = self.post("/flows/", {"name": "chaos"})["id"]
        schema = {"type": "object", "properties": {"ms": {"type": "integer", "default": 0}}}
        body = {
            "name": name, "flow_id": flow, "parameter_openapi_schema": schema, "parameters": {"ms": 0},
            "work_pool_name": "default", "work_queue_name": "default",
            "execution": {"command": command, **execution}, **more,
        }
        return self.post("/deployments/", body)["id"]

    def submit(self, deployment: str, milliseconds: int, key: str | None = None) -> dict:
        body = {"parameters": {"ms": milliseconds}}
        if key:
            body["idempotency_key"] = key
        return self.post(f"/deployments/{deployment}/create_flow_run", body)

    def submit_batch(self, deployment: str, name: str, milliseconds: list[int]) -> dict:
        lines = "".join(json.dumps({"parameters": {"ms": each}}) + "\n" for each in milliseconds).encode()
        return self.post(f"/batches?deployment_id={deployment}&name={name}", lines, "application/x-ndjson")

    def cancel(self, run: str) -> None:
        self.post(f"/flow_runs/{run}/cancel", {"reason": "chaos"})
