"""Variables and artifacts, in a flow and in a task."""

from prefect import flow, task
from prefect.artifacts import (
    Artifact, create_image_artifact, create_link_artifact, create_markdown_artifact, create_progress_artifact,
    create_table_artifact, update_progress_artifact,
)
from prefect.variables import Variable


@task
def within():
    create_markdown_artifact("from a task", key="text")


@flow
def keeping():
    Variable.set("first", {"a": [1, 2]}, tags=["journey"])
    print("GOT", Variable.get("first"), Variable.get("missing", default=3))
    try:
        Variable.set("first", 5)
    except ValueError:
        print("DUPLICATE")
    Variable.set("first", "text", overwrite=True)
    print("GOT", Variable.get("first"))
    print("UNSET", Variable.unset("first"), Variable.unset("first"))
    create_markdown_artifact("# text", key="text", description="a text")
    create_table_artifact([{"a": 1}], key="table")
    create_link_artifact("https://example.com", key="link", link_text="there")
    create_image_artifact("https://example.com/image.png", key="image")
    progress = create_progress_artifact(0.0, key="progress")
    update_progress_artifact(progress, 50.0)
    print("ARTIFACT", Artifact.get("text").type, Artifact.get("missing"))
    print("MADE", Artifact.get_or_create(key="fresh", type="markdown", data="x")[1])
    within()


if __name__ == "__main__":
    keeping()
