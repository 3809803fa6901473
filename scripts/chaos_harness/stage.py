"""What the measurements share: hosts full of runs, and when each of them died."""

from pathlib import Path

from .evidence import Testimony, build_child, read_evidence
from .processes import Installation, wait_until
from .workload import LEASE

SECOND = 1_000_000_000


class Stage:
    """An installation with deployments of the witnessing child, one for each way it can behave."""

    def __init__(self, installation: Installation, folder: Path):
        self.installation = installation
        self.api = installation.server.api
        self.evidence = folder / "evidence"
        self.evidence.mkdir()
        self.child = build_child(folder)
        self.deployments: dict[str, str] = {}

    def deploy(self, name: str, way: str, grace: float = 1, pool: str = "default", **execution) -> None:
        command = [str(self.child), str(self.evidence), "{{ parameters.ms }}", way]
        execution = {"lease": LEASE, "grace": grace, **execution}
        self.deployments[name] = self.api.deploy(name, command, execution, work_pool_name=pool)

    def submit(self, deployment: str, count: int, milliseconds: int) -> list[str]:
        """The ids of the new runs."""
        batch = self.api.submit_batch(self.deployments[deployment], "measured", [milliseconds] * count)
        return [run["id"] for run in self.api.runs({"batch_id": {"any_": [batch["id"]]}})]

    def submit_load(self, count: int) -> None:
        """Runs that nobody follows."""
        self.api.submit_batch(self.deployments["quick"], "load", [0] * count)

    def wait_for_state(self, runs: list[str], *types: str, seconds: float = 60) -> None:
        what = f"{len(runs)} runs to be {' or '.join(types)}"
        wait_until(lambda: all(run["state_type"] in types for run in self.api.runs_by_id(runs)), what, seconds)

    def wait_until_begun(self, runs: list[str]) -> None:
        """Until each has written its first line: before that, a child does not yet behave as it is meant to."""
        wait_until(lambda: set(runs) <= self.testimony().lives.keys(), f"{len(runs)} children to begin", pause=0.1)

    def testimony(self) -> Testimony:
        return read_evidence(self.evidence)

    def forget_evidence(self) -> None:
        """Of children that have all ended."""
        for path in self.evidence.iterdir():
            path.unlink()


def print_measurements(rows: list[tuple[str, list[float], float]]) -> bool:
    """Prints a line for each series with the bound that it is to stay within; answers whether all do."""
    print(f"\n{'seconds':52}{'count':>7}{'median':>9}{'worst':>9}{'bound':>9}")
    for name, values, bound in rows:
        ordered = sorted(values)
        mark = "" if ordered[-1] <= bound else "  EXCEEDED"
        median = ordered[len(ordered) // 2]
        print(f"  {name:50}{len(ordered):>7}{median:>9.3f}{ordered[-1]:>9.3f}{bound:>9.1f}{mark}")
    return all(max(values) <= bound for _, values, bound in rows)
