"""What a figure is, and the lines that it has in the table."""

from dataclasses import dataclass

from measuring.workbench import Workbench


@dataclass
class Line:
    what: str
    measured: str
    bar: str = ""
    """What the project asks of itself; nothing for what is only shown."""
    holds: bool | None = None


class Figure:
    """Something to measure. `measure` gives raw figures that can be written as JSON; `lines` makes them readable."""

    name: str
    """What it is chosen by."""
    title: str

    def measure(self, bench: Workbench) -> dict:
        raise NotImplementedError

    def lines(self, result: dict) -> list[Line]:
        raise NotImplementedError
