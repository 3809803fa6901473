"""A flow that pauses three times: for input of a model, for input of a plain type, and for nothing but a nod."""

from prefect import flow, pause_flow_run, task
from prefect.input import RunInput


class Question(RunInput):
    name: str
    count: int = 2


@task
def before_and_after(number):
    return number


@flow
def pausing():
    before_and_after(1)
    answer = pause_flow_run(
        wait_for_input=Question.with_initial_data(description="who is it?", count=5), timeout=120, poll_interval=1)
    print("FIRST", answer.name, answer.count)
    before_and_after(2)
    print("SECOND", pause_flow_run(wait_for_input=str, timeout=120, poll_interval=1, key="second"))
    pause_flow_run(timeout=120, poll_interval=1)
    return answer.count


if __name__ == "__main__":
    print("RESULT", pausing())
