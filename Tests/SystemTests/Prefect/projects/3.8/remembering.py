"""Results that are kept: by inputs, by a key of one's own, in a transaction that is rolled back."""

from datetime import timedelta

from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.tasks import task_input_hash
from prefect.transactions import transaction


@task(cache_key_fn=task_input_hash, cache_expiration=timedelta(hours=1))
def hashed(number):
    print("COMPUTING")
    return number * 2


@task(cache_policy=INPUTS, persist_result=True, result_storage_key="kept-{parameters[number]}")
def kept(number):
    return number


@task
def written(text):
    return text


@written.on_rollback
def rolled_back(transaction):
    print("ROLLED BACK")


@flow(persist_result=True, log_prints=True)
def remembering():
    hashed(3)
    hashed(3)
    kept(1)
    try:
        with transaction(key="together"):
            written("a")
            raise RuntimeError("on purpose")
    except RuntimeError:
        pass
    return 5


if __name__ == "__main__":
    remembering()
    state = remembering(return_state=True)
    print("STATE", state.name, type(state.data).__name__)
