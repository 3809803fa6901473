"""Variables, artifacts, a tag limit, slots and a rate."""

from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.variables import Variable


@task(tags=["scarce"])
def scarce(number):
    return number


@flow
def keeping():
    Variable.set("first", "text", tags=["journey"], overwrite=True)
    print("GOT", Variable.get("first").value, Variable.get("missing", default="3"))
    create_markdown_artifact("# text", key="text", description="a text")
    create_table_artifact([{"a": 1}], key="table")
    create_link_artifact("https://example.com", key="link", link_text="there")
    print("TASKS", [future.result() for future in [scarce.submit(number) for number in range(2)]])
    with concurrency("unheard", occupy=1):
        print("IN")
    rate_limit("unheard")


if __name__ == "__main__":
    keeping()
