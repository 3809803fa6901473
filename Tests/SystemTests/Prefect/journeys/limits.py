"""Limits by tag and by name: made, taken, given back, deleted."""

from . import journey


@journey("3.8")
def concurrency(stage):
    stage.cli("concurrency-limit create scarce 1")
    stage.cli("concurrency-limit ls", says=("scarce",))
    stage.cli("concurrency-limit inspect scarce", says=("scarce",))
    stage.cli("concurrency-limit reset scarce")
    stage.cli("gcl create slots --limit 2")
    stage.cli("gcl create rate --limit 2 --slot-decay-per-second 5")
    stage.cli("gcl create full --limit 1")
    stage.cli("gcl ls", says=("slots",))
    stage.cli("gcl inspect slots", says=("slots",))
    stage.cli("gcl update slots --limit 3")
    stage.cli("gcl disable full")
    stage.cli("gcl enable full")
    stage.cli("gcl create slots --limit 2", status=1)
    stage.python(
        "limited.py", says=("TASKS [0, 1, 2]", "IN WITHOUT A LIMIT", "REFUSED ConcurrencySlotAcquisitionError"))
    stage.cli("--no-prompt concurrency-limit delete scarce")
    stage.cli("--no-prompt gcl delete rate")
