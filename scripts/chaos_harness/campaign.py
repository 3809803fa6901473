"""A chaos run: submissions and faults for a time, then quiet, then the account."""

import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sluice_processes import StartFailed

from .audit import Audit, Findings
from .evidence import build_child, read_evidence
from .faults import FaultInjector
from .network import Loopback, Network, can_make_hosts
from .processes import Installation, wait_until
from .workload import Workload, deploy_all

STUCK_SECONDS = 60
SHOWN = 20


@dataclass
class Plan:
    """How long, how much, and how hard."""

    programs: Path
    folder: Path
    seed: int
    seconds: float
    runs: int
    hosts: int
    slots: int
    gap: float
    """Seconds between two faults, on average."""
    faults: int | None
    """How many at most."""


def make_network(hosts: int):
    """Namespaces if that is possible; else it says that links will not be cut."""
    if can_make_hosts():
        network = Network(hosts)
        return network
    say("chaos: no right to make network namespaces (root and 'ip'): all on the loopback, no faults of the network")
    return Loopback()


def run_campaign(plan: Plan) -> bool:
    """Whether nothing was found."""
    say(f"chaos: seed {plan.seed}, {plan.runs} runs, {plan.seconds:.0f} s, {plan.hosts} hosts of {plan.slots} slots")
    evidence = plan.folder / "evidence"
    evidence.mkdir(parents=True)
    child = build_child(plan.folder)
    with make_network(plan.hosts) as network:
        with Installation(plan.programs, plan.folder, network, plan.hosts, plan.slots) as installation:
            campaign = Campaign(plan, installation, evidence, child)
            campaign.make_trouble()
            campaign.wait_for_quiet()
            campaign.prove_slots()
            findings = campaign.account()
    campaign.report(findings)
    return findings.count == 0


class Campaign:
    def __init__(self, plan: Plan, installation: Installation, evidence: Path, child: Path):
        self.plan, self.installation, self.evidence = plan, installation, evidence
        self.api = installation.server.api
        installation.start_agents()
        deployments = deploy_all(self.api, str(child), str(evidence))
        installation.wait_for_agents(plan.hosts)
        self.workload = Workload(self.api, deployments, plan.runs, plan.seconds, plan.seed)
        self.injector = FaultInjector(installation, plan.gap, plan.faults, plan.seed)
        self.wrong: list[tuple[str, str]] = []
        self.began = time.monotonic()

    def make_trouble(self) -> None:
        self.workload.start()
        self.injector.start()
        told = time.monotonic()
        while time.monotonic() < self.began + self.plan.seconds:
            time.sleep(0.1)
            if time.monotonic() > told + 30:
                told = time.monotonic()
                self._tell()
        self.injector.finish()
        self.workload.finish()
        self._tell()

    def wait_for_quiet(self) -> None:
        """Until no run is unfinished, or nothing changes any more."""
        left, since = None, time.monotonic()
        while (now_left := self.api.insist(self.api.unfinished)) != 0:
            if now_left != left:
                left, since = now_left, time.monotonic()
            if time.monotonic() > since + STUCK_SECONDS:
                break
            time.sleep(0.1)
        self.drained = time.monotonic() - self.began - self.plan.seconds

    def prove_slots(self) -> None:
        """As many runs as there are slots, at once: a slot that has leaked, on either side, would show."""
        slots = self.plan.hosts * self.plan.slots
        held = lambda: sum(agent["held"] for agent in self.api.post("/agents/filter", {}))  # noqa: E731
        try:
            self.installation.wait_for_agents(self.plan.hosts)
            wait_until(lambda: held() == 0, "all leases to be released", 20)
            self.workload.batches["proof"] = (slots, None)
            batch = self.api.submit_batch(self.workload.deployments["long"], "proof", [3000] * slots)
            self.workload.batches["proof"] = (slots, batch["id"])
            running = lambda: self.api.count("RUNNING") == slots  # noqa: E731
            wait_until(running, f"all {slots} slots to be in use", 20)
            wait_until(lambda: self.api.unfinished() == 0, "the end of the last runs")
            wait_until(lambda: held() == 0, "all leases to be released", 20)
        except StartFailed as failure:
            self.wrong.append(("slots", str(failure)))

    def account(self) -> Findings:
        audit = Audit(self.api, self.workload, read_evidence(self.evidence), self.injector.faults)
        findings = audit.perform()
        self.wrong += [("programs", text) for text in self.injector.failures + self.workload.failures]
        for path in self.plan.folder.glob("*.log"):
            for line in re.findall(r".*(?:Fatal error|\bcritical\b|Assertion).*", path.read_text(errors="replace")):
                self.wrong.append(("programs", f"{path.name}: {line}"))
        for kind, text in self.wrong:
            findings.add(kind, text)
        findings.counted["executions"] = audit.testimony.count
        findings.counted["runs"] = len(audit.runs)
        return findings

    def _tell(self) -> None:
        unfinished = self.api.insist(self.api.unfinished)
        say(f"chaos: {time.monotonic() - self.began:4.0f} s: {self.workload.submitted} runs submitted, {unfinished} "
            f"unfinished, {len(self.injector.faults)} faults, {self.injector.kills} kills")

    def report(self, findings: Findings) -> None:
        print(f"\n{'faults injected':48}{'':>8}")
        for name, count in self.injector.table():
            print(f"  {name:46}{count:>8}")
        print(f"  {'kills in all':46}{self.injector.kills:>8}")
        if not any(kind.body == "slow" for kind in self.injector.kinds):
            print("  (no slow links: needs root and the kernel's netem)")
        print("\ncounted")
        for name, count in sorted(findings.counted.items()):
            print(f"  {name:46}{count:>8}")
        print(f"  {'seconds from the last fault to the last end':46}{self.drained:>8.1f}")
        print("\nfindings")
        for kind in Audit.KINDS:
            print(f"  {kind:46}{len(findings.wrong.get(kind, [])):>8}")
        for kind, texts in findings.wrong.items():
            for text in texts[:SHOWN]:
                print(f"chaos: {kind}: {text}", file=sys.stderr)
        self._keep(findings)

    def _keep(self, findings: Findings) -> None:
        """What a person needs to follow a finding: the faults in their order, on the children's clock."""
        with open(self.plan.folder / "faults.jsonl", "w") as file:
            for fault in self.injector.faults:
                file.write(json.dumps({"kind": fault.kind.name, "target": fault.target, "began": fault.began,
                                       "ended": fault.ended}) + "\n")
        (self.plan.folder / "findings.json").write_text(json.dumps(findings.wrong, indent=2) + "\n")


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
