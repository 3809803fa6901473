"""Tasks that retry, fail, are mapped and submitted; a flow within a flow; a flow that fails."""

from prefect import flow, get_run_logger, task

calls = []


@task(retries=2, retry_delay_seconds=0.2, tags=["unsteady"])
def unsteady(number):
    get_run_logger().info("call %s", len(calls) + 1)
    calls.append(number)
    if len(calls) == 1:
        raise RuntimeError("the first call fails")
    return number * 2


@task
def cube(number):
    return number**3


@task
def added(numbers):
    return sum(numbers)


@task
def hopeless():
    raise ValueError("never works")


@flow
def inner(number: int = 4):
    get_run_logger().warning("inside")
    return added([number, 1])


@flow(name="outer", log_prints=True)
def outer(count: int = 4, word: str = "hello"):
    print("printed", word)
    first = unsteady(10)
    cubes = [future.result() for future in cube.map(list(range(count)))]
    total = added.submit(cubes)
    failed = hopeless(return_state=True)
    return [first, total.result(), inner(5), failed.type.value]


@flow(name="failing", retries=1, retry_delay_seconds=0.2)
def failing():
    hopeless()


if __name__ == "__main__":
    print("RESULT", outer())
    print("STATE", failing(return_state=True).name)
