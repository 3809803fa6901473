"""Work pools and work queues, by the CLI."""

from . import journey


@journey("3.8", "2.20")
def work_pools(stage):
    stage.cli("work-pool create place --type process")
    stage.cli("work-pool ls", says=("place",))
    stage.cli("work-pool inspect place", says=("process",))
    stage.cli("work-pool pause place")
    stage.cli("work-pool resume place")
    stage.cli("work-pool set-concurrency-limit place 3")
    stage.cli("work-pool clear-concurrency-limit place")
    stage.cli("work-pool update place --description", "a place")
    stage.cli("work-pool preview place")
    stage.cli("work-pool create place --type process", status=1)
    stage.cli("work-pool create brief --type process")
    stage.cli("--no-prompt work-pool delete brief")
    stage.cli("work-pool inspect brief", status=1)


@journey("3.8")
def work_queues(stage):
    stage.cli("work-pool create place --type process")
    stage.cli("work-queue create urgent --pool place --limit 2 --priority 1")
    stage.cli("work-queue create slow --pool place")
    stage.cli("work-queue ls --pool place", says=("urgent", "slow"))
    stage.cli("work-queue inspect urgent --pool place", says=("urgent",))
    stage.cli("work-queue set-concurrency-limit urgent 3 --pool place")
    stage.cli("work-queue clear-concurrency-limit urgent --pool place")
    stage.cli("work-queue pause slow --pool place")
    stage.cli("work-queue resume slow --pool place")
    stage.cli("work-queue preview urgent --pool place")
    stage.cli("work-queue read-runs urgent --pool place")
    stage.cli("work-queue create lonely")
    stage.cli("work-queue ls", says=("lonely",))
    stage.cli("--no-prompt work-queue delete slow --pool place")
    stage.cli("work-queue inspect slow --pool place", status=1)
