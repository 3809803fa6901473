"""Blocks, variables, artifacts."""

from . import journey


@journey("3.8", "2.20")
def blocks(stage):
    stage.python("blocks.py", says=("DUPLICATE", "LOADED http://three hidden 4", "BY SLUG http://three", "MISSING",
                                    "SECRET whisper", "FILES /some/place"))
    stage.cli("block ls", says=("quiet",))
    stage.cli("block type ls", says=("journey-block",))
    stage.cli("block inspect secret/quiet", says=("quiet",))
    if stage.client.series != "2.20":
        stage.cli("block register -f blocks.py")
        stage.cli("block type inspect secret")
        stage.cli("block create secret")
    else:
        stage.cli("block register -m prefect.blocks.system")
    stage.cli("--no-prompt block delete secret/quiet")
    if stage.client.series != "2.20":
        stage.cli("--no-prompt block type delete journey-part")


@journey("3.8")
def variables_and_artifacts(stage):
    stage.python("keeping.py", says=("GOT {'a': [1, 2]} 3", "DUPLICATE", "GOT text", "UNSET True False",
                                     "ARTIFACT markdown None", "MADE True"))
    stage.cli("variable set one", '{"a": 1}')
    stage.cli("variable set one 2 --overwrite --tag new")
    stage.cli("variable get one", says=("2",))
    stage.cli("variable inspect one", says=("one",))
    stage.cli("variable ls", says=("one",))
    stage.cli("--no-prompt variable unset one")
    stage.cli("artifact ls", says=("text",))
    stage.cli("artifact inspect text", says=("from a task",))
    stage.cli("--no-prompt artifact delete text")
