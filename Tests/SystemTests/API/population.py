"""Things for schemathesis to ask about: without them, most of what it asks is whether something is there that is not."""

import json
import urllib.request
from dataclasses import dataclass, field

EACH = 6
"""How many there are of each kind: some are deleted on the way."""


@dataclass
class Known:
    """What the parameters of some paths may be, by their names, so that they lead to something."""

    path: str  # a regular expression
    parameters: dict[str, list[str]] = field(default_factory=dict)


class Population:
    def __init__(self, api_url: str):
        self.api_url = api_url

    def make(self) -> list[Known]:
        """Fills the server, and says what is there."""
        numbers = range(EACH)
        flows = [self.id("/flows", name=f"flow-{n}") for n in numbers]
        pools = [f"pool-{n}" for n in numbers]
        for pool in pools:
            self.post("/work_pools", name=pool, type="process")
            self.post(f"/work_pools/{pool}/queues", name="second")
            self.post(f"/work_pools/{pool}/workers/heartbeat", name="worker")
        queues = [each["id"] for each in self.post("/work_queues/filter")]
        deployments = [
            self.id(
                "/deployments", name=f"deployment-{n}", flow_id=flow, work_pool_name="default", paused=True,
                schedules=[{"schedule": {"interval": 3600}, "active": True}], execution={"command": ["true"]})
            for n, flow in enumerate(flows)
        ]
        runs = [self.id(f"/deployments/{each}/create_flow_run") for each in deployments]
        known = [
            Known(r"^/flows/\{id\}", {"id": flows}), Known(r"^/work_pools/\{name\}", {
                "name": pools, "queue": ["second", "default"], "worker": ["worker"]}),
            Known(r"^/work_queues/\{id\}", {"id": queues}), Known(r"^/deployments/\{id\}", {"id": deployments}),
            Known(r"^/deployments/name/", {
                "flow": [f"flow-{n}" for n in numbers], "deployment": [f"deployment-{n}" for n in numbers]}),
            Known(r"^/flow_runs/find/", {"prefix": [each[:18] for each in runs]}),
            Known(r"^/flows/name/", {"name": [f"flow-{n}" for n in numbers]}),
            self.schedules(deployments),
        ]
        return known + self.runs(flows, runs) + self.batches(deployments) + self.configuration() + self.limits()

    def schedules(self, deployments: list[str]) -> Known:
        ids = [self.get(f"/deployments/{each}/schedules")[0]["id"] for each in deployments]
        return Known(r"/schedules/\{schedule\}$", {"id": deployments, "schedule": ids})

    def runs(self, flows: list[str], runs: list[str]) -> list[Known]:
        tasks, states = [], []
        for flow in flows:
            run = self.id("/flow_runs", flow_id=flow, state={"type": "RUNNING"})
            runs.append(run)
            tasks.append(self.id("/task_runs", flow_run_id=run, task_key="task", dynamic_key="0"))
            self.post(f"/task_runs/{tasks[-1]}/set_state", state={"type": "RUNNING"}, force=True)
            self.post(f"/flow_runs/{run}/input", key="key", value="1")
            states += [each["id"] for each in self.get(f"/flow_run_states?flow_run_id={run}")]
            self.send("POST", "/logs", [
                {"name": "flow", "level": 20, "message": "hello", "timestamp": "2026-01-01T00:00:00Z", "flow_run_id": run}
            ])
        task_states = [self.get(f"/task_run_states?task_run_id={each}")[0]["id"] for each in tasks]
        return [
            Known(r"^/flow_runs/\{id\}", {"id": runs}), Known(r"/input/\{key\}$", {"id": runs, "key": ["key"]}),
            Known(r"^/task_runs/\{id\}", {"id": tasks}), Known(r"^/flow_run_states/\{id\}", {"id": states}),
            Known(r"^/task_run_states/\{id\}", {"id": task_states}),
        ]

    def batches(self, deployments: list[str]) -> list[Known]:
        ids = [
            json.loads(self.raw(
                "POST", f"/batches?deployment_id={each}", b"{}\n{}\n", "application/x-ndjson"))["id"]
            for each in deployments
        ]
        return [
            Known(r"^/batches/\{id\}", {"id": ids}), Known(r"^/batches/find/", {"prefix": [each[:18] for each in ids]}),
        ]

    def configuration(self) -> list[Known]:
        names = [f"thing-{n}" for n in range(EACH)]
        types = [self.id("/block_types", name=each, slug=each) for each in names]
        schemas = [
            self.post("/block_schemas", block_type_id=each, fields={"title": each, "properties": {}}) for each in types
        ]
        documents = [
            self.id("/block_documents", name="mine", data={}, block_type_id=type_id, block_schema_id=schema["id"])
            for type_id, schema in zip(types, schemas)
        ]
        variables = [self.id("/variables", name=each, value=1) for each in names]
        artifacts = [self.id("/artifacts", key=each, type="markdown", data="text") for each in names]
        automations = [
            self.id("/automations", name=each, trigger={"posture": "Reactive", "expect": ["x"]}, actions=[
                {"type": "do-nothing"}]) for each in names
        ]
        searches = [self.send("PUT", "/saved_searches", {"name": each})["id"] for each in names]
        return [
            Known(r"^/block_types/\{id\}", {"id": types}),
            Known(r"^/block_types/slug/", {"slug": names, "name": ["mine"]}),
            Known(r"^/block_schemas/\{id\}", {"id": [each["id"] for each in schemas]}),
            Known(r"^/block_schemas/checksum/", {"checksum": [each["checksum"] for each in schemas]}),
            Known(r"^/block_documents/\{id\}", {"id": documents}), Known(r"^/variables/\{id\}", {"id": variables}),
            Known(r"^/variables/name/", {"name": names}), Known(r"^/artifacts/\{id\}$", {"id": artifacts}),
            Known(r"^/artifacts/\{id\}/latest$", {"id": names}), Known(r"^/saved_searches/\{id\}", {"id": searches}),
            Known(r"^/automations/\{id\}", {"id": automations}),
            Known(r"^/collections/views/", {"view": ["aggregate-worker-metadata"]}),
        ]

    def limits(self) -> list[Known]:
        names = [f"limit-{n}" for n in range(EACH)]
        for name in names:
            self.post("/v2/concurrency_limits", name=name, limit=5)
        tags = [self.id("/concurrency_limits", tag=each, concurrency_limit=5) for each in names]
        leases = [
            self.post("/v2/concurrency_limits/increment-with-lease", names=[each], slots=1)["lease_id"] for each in names
        ]
        return [
            Known(r"^/v2/concurrency_limits/\{name\}", {"name": names}),
            Known(r"^/v2/concurrency_limits/leases/", {"id": leases}),
            Known(r"^/concurrency_limits/\{id\}", {"id": tags}), Known(r"^/concurrency_limits/tag/", {"tag": names}),
        ]

    # Asking

    def id(self, path: str, **body: object) -> str:
        return self.post(path, **body)["id"]

    def post(self, path: str, **body: object):
        return self.send("POST", path, body)

    def get(self, path: str):
        return json.loads(self.raw("GET", path, None, "application/json"))

    def send(self, method: str, path: str, body: object):
        answer = self.raw(method, path, json.dumps(body).encode(), "application/json")
        return json.loads(answer) if answer else None

    def raw(self, method: str, path: str, body: bytes | None, media_type: str) -> bytes:
        request = urllib.request.Request(
            self.api_url + path, body, {"Content-Type": media_type}, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read()
