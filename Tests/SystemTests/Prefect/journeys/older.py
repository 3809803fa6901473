"""What only the older client does: agents, `deployment build` and `apply`, and other ways of the same things."""

from . import journey


@journey("2.20")
def variables_and_artifacts(stage):
    stage.cli("concurrency-limit create scarce 1")
    stage.python("keeping.py", says=("GOT text 3", "TASKS [0, 1]", "IN"))
    stage.cli("variable ls", says=("first",))
    stage.cli("variable inspect first", says=("first",))
    stage.cli("variable delete first")
    stage.cli("artifact ls", says=("text",))
    stage.cli("artifact inspect text", says=("text",))
    stage.cli("concurrency-limit ls", says=("scarce",))
    stage.cli("concurrency-limit inspect scarce", says=("scarce",))
    stage.cli("concurrency-limit delete scarce")


@journey("2.20")
def work_queues(stage):
    stage.cli("work-queue create lonely")
    stage.cli("work-queue ls", says=("lonely",))
    stage.cli("work-queue inspect lonely", says=("lonely",))
    stage.cli("work-queue delete lonely")


def build_and_apply(stage) -> None:
    stage.cli("deployment build typed.py:typed --name by-agent --work-queue old --param number=1 --skip-upload "
              "--output by-agent.yaml")
    stage.cli("deployment apply by-agent.yaml")


@journey("2.20")
def agent(stage):
    build_and_apply(stage)
    helper = stage.prefect("agent start --work-queue old")
    helper.says("Agent started")
    run = stage.run_of(stage.cli("deployment run typed/by-agent"))
    stage.run_in("Completed", run)


@journey("2.20")
def agent_cancelling(stage):
    build_and_apply(stage)
    stage.prefect("agent start --work-queue old").says("Agent started")
    run = stage.run_of(stage.cli("deployment run typed/by-agent -p seconds=100"))
    stage.run_in("Running", run)
    # A client keeps lines of a log for two seconds. Cancelled before that, it is killed with all of them.
    stage.until("its log", lambda: stage.asked("POST", "/logs/"))
    stage.cli(f"flow-run cancel {run}")
    stage.run_in("Cancelled", run)


@journey("2.20")
def agent_of_a_pool(stage):
    """An agent that serves a queue of a pool, and one that serves all queues with a prefix."""
    stage.cli("work-queue create lonely")
    first = stage.prefect("agent start --pool default-agent-pool --work-queue special")
    first.says("Agent started")
    stage.until("the queue", lambda: queue_names(stage) >= {"special"})
    first.stop()
    second = stage.prefect("agent start --match spec")
    second.says("Agent started")
    stage.until("its question for runs", lambda: stage.asked("POST", "/get_runs"))
    second.stop()


def queue_names(stage) -> set[str]:
    status, found = stage.api.ask("POST", "/work_queues/filter", {})
    return {each["name"] for each in found} if status == 200 else set()
