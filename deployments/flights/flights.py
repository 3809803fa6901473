"""Extract, transform and load one month of the flights that left New York City in 2013.

Extract the flights of one month, and of the chosen carriers, from the zipped CSV file; reduce them to delay
statistics per day, carrier and route; load these as one partition per carrier:

    OUTPUT/month=03/carrier=UA/part.csv
    OUTPUT/summaries/month=03.json

Every file is replaced in one step, so a run that is repeated, or dies half-way, never leaves half a file.
Only Python's standard library is used. Parameters come from SLUICE_PARAMETERS, as from any executor.
"""

import csv
import io
import json
import os
import sys
import tempfile
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

LATE_MINUTES = 15
"""A flight that arrives this many minutes behind its schedule counts as late: the rule of the US DOT."""

MISSING = "NA"


class BadInput(Exception):
    """The parameters or the source cannot be used; the message says why."""


@dataclass(frozen=True)
class Parameters:
    month: int
    carriers: frozenset[str]  # empty: all of them
    source: Path
    output: Path

    @staticmethod
    def from_environment() -> "Parameters":
        """Reads the parameters, which the server has already checked against their schema."""
        text = os.environ.get("SLUICE_PARAMETERS")
        if text is None and (file := os.environ.get("SLUICE_PARAMETERS_FILE")):
            text = Path(file).read_text()
        if text is None:
            raise BadInput("SLUICE_PARAMETERS is not set: give the parameters as a JSON object")
        return Parameters.from_json(json.loads(text))

    @staticmethod
    def from_json(values: dict) -> "Parameters":
        missing = [name for name in ("month", "source", "output") if values.get(name) in (None, "")]
        if missing:
            raise BadInput(f"missing parameters: {', '.join(missing)}")
        if values["month"] not in range(1, 13):
            raise BadInput(f"month is {values['month']!r}: a number from 1 to 12 is needed")
        return Parameters(
            month=int(values["month"]),
            carriers=frozenset(values.get("carriers") or ()),
            source=Path(values["source"]),
            output=Path(values["output"]),
        )


@dataclass
class Statistics:
    """What is known of some flights. Sums are kept, not means, so that statistics can be added up."""

    flights: int = 0
    cancelled: int = 0  # never departed
    arrived: int = 0  # a flight that was diverted departed, and has no arrival delay
    late: int = 0
    departure_delay: int = 0  # minutes, summed over the departed flights
    arrival_delay: int = 0  # minutes, summed over the arrived ones
    worst_arrival_delay: int | None = None
    miles: int = 0  # scheduled distance, cancelled flights included

    def add(self, flight: dict[str, str]) -> None:
        self.flights += 1
        self.miles += int(flight["distance"])
        if flight["dep_delay"] == MISSING:
            self.cancelled += 1
        else:
            self.departure_delay += int(flight["dep_delay"])
        if flight["arr_delay"] != MISSING:
            self._add_arrival(int(flight["arr_delay"]))

    def _add_arrival(self, delay: int) -> None:
        self.arrived += 1
        self.arrival_delay += delay
        self.late += delay >= LATE_MINUTES
        if self.worst_arrival_delay is None or delay > self.worst_arrival_delay:
            self.worst_arrival_delay = delay


Key = tuple[str, str, str, str]
"""Day, carrier, origin, destination."""


def log(message: str) -> None:
    print(message, flush=True)


def extract(parameters: Parameters):
    """Yields the flights of the month and the carriers, as dictionaries of text."""
    if not parameters.source.is_file():
        raise BadInput(f"there is no file {parameters.source}: 'scripts/setup demo' fetches it")
    with zipfile.ZipFile(parameters.source) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".csv")]
        with archive.open(name) as raw:
            lines = io.TextIOWrapper(raw, encoding="utf-8", newline="")
            header = next(csv.reader([next(lines)]))
            prefix = f"2013,{parameters.month},"  # year and month lead each line: most need no parsing
            for values in csv.reader(line for line in lines if line.startswith(prefix)):
                flight = dict(zip(header, values, strict=True))
                if not parameters.carriers or flight["carrier"] in parameters.carriers:
                    yield flight


def transform(flights) -> dict[Key, Statistics]:
    """Reduces flights to statistics per day, carrier and route."""
    table: dict[Key, Statistics] = defaultdict(Statistics)
    for flight in flights:
        day = date(int(flight["year"]), int(flight["month"]), int(flight["day"])).isoformat()
        table[day, flight["carrier"], flight["origin"], flight["dest"]].add(flight)
    return table


def mean(total: int, count: int) -> str:
    return f"{total / count:.2f}" if count else MISSING


def part_as_csv(rows: dict[Key, Statistics]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        "date origin dest flights cancelled arrived late mean_dep_delay mean_arr_delay max_arr_delay miles".split()
    )
    for (day, _, origin, destination), some in sorted(rows.items()):
        worst = MISSING if some.worst_arrival_delay is None else some.worst_arrival_delay
        departed = some.flights - some.cancelled
        writer.writerow([
            day, origin, destination, some.flights, some.cancelled, some.arrived, some.late,
            mean(some.departure_delay, departed), mean(some.arrival_delay, some.arrived), worst, some.miles,
        ])
    return text.getvalue()


def replace_file(path: Path, text: str) -> None:
    """Writes a file so that a reader sees the old content or the new, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(scratch, 0o644)
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise


def load(table: dict[Key, Statistics], parameters: Parameters) -> int:
    """Writes one partition per carrier and answers how many there are."""
    partitions: dict[str, dict[Key, Statistics]] = defaultdict(dict)
    for key, some in table.items():
        partitions[key[1]][key] = some
    for carrier, rows in sorted(partitions.items()):
        part = parameters.output / f"month={parameters.month:02}" / f"carrier={carrier}" / "part.csv"
        replace_file(part, part_as_csv(rows))
        log(f"loaded {part.relative_to(parameters.output)}: {len(rows)} rows")
    return len(partitions)


def summarise(table: dict[Key, Statistics], partitions: int, parameters: Parameters) -> dict:
    def total(field: str) -> int:
        return sum(getattr(some, field) for some in table.values())

    return {
        "month": parameters.month,
        "carriers": sorted({carrier for _, carrier, _, _ in table}),
        "partitions": partitions,
        "rows": len(table),
        "flights": total("flights"),
        "cancelled": total("cancelled"),
        "arrived": total("arrived"),
        "late": total("late"),
        "departure_delay_minutes": total("departure_delay"),
        "arrival_delay_minutes": total("arrival_delay"),
        "miles": total("miles"),
    }


def summary_path(parameters: Parameters) -> Path:
    """One summary for each month and choice of carriers, so that runs side by side do not share a file."""
    choice = f",carriers={'+'.join(sorted(parameters.carriers))}" if parameters.carriers else ""
    return parameters.output / "summaries" / f"month={parameters.month:02}{choice}.json"


def main() -> None:
    parameters = Parameters.from_environment()
    carriers = ", ".join(sorted(parameters.carriers)) or "all carriers"
    log(f"extracting month {parameters.month}, {carriers}, from {parameters.source}")
    table = transform(extract(parameters))
    log(f"transformed to {len(table)} rows of day, carrier and route")
    summary = summarise(table, load(table, parameters), parameters)
    replace_file(summary_path(parameters), json.dumps(summary, indent=2) + "\n")
    log(f"{summary['flights']} flights, {summary['cancelled']} cancelled, {summary['late']} late")


if __name__ == "__main__":
    try:
        main()
    except BadInput as problem:
        sys.exit(f"flights: {problem}")
