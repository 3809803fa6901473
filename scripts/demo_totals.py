"""Prints what the twelve runs of the demo say of themselves, and checks it against the source file.

Usage: demo_totals.py SOURCE.zip OUTPUT

The check shares no code with the flow: it splits the source's lines by hand, and adds up the partitions' files too.
Exit status 1 where anything differs.
"""

import json
import sys
import zipfile
from pathlib import Path

COLUMNS = ("flights", "cancelled", "arrived", "late", "departure_delay_minutes", "arrival_delay_minutes", "miles")
SHORT_NAMES = ("flights", "cancelled", "arrived", "late", "dep. delay min", "arr. delay min", "miles")

Totals = dict[str, int]


def totals_of_source(source: Path) -> dict[int, Totals]:
    """The totals of each month, straight from the source."""
    lines = zipfile.ZipFile(source).read("flights.csv").decode().splitlines()
    place = {name: index for index, name in enumerate(lines[0].split(","))}
    months = {month: dict.fromkeys(COLUMNS, 0) for month in range(1, 13)}
    for line in lines[1:]:
        field = line.split(",")
        departure, arrival = field[place["dep_delay"]], field[place["arr_delay"]]
        month = months[int(field[place["month"]])]
        month["flights"] += 1
        month["cancelled"] += departure == "NA"
        month["arrived"] += arrival != "NA"
        month["late"] += arrival != "NA" and int(arrival) >= 15
        month["departure_delay_minutes"] += 0 if departure == "NA" else int(departure)
        month["arrival_delay_minutes"] += 0 if arrival == "NA" else int(arrival)
        month["miles"] += int(field[place["distance"]])
    return months


def totals_of_runs(output: Path) -> dict[int, Totals]:
    """What the runs' summaries say."""
    summaries = [json.loads(path.read_text()) for path in sorted(output.glob("summaries/month=??.json"))]
    return {summary["month"]: {name: summary[name] for name in COLUMNS} for summary in summaries}


def flights_in_partitions(output: Path, month: int) -> int:
    """How many flights the partitions of a month hold."""
    count = 0
    for part in output.glob(f"month={month:02}/carrier=*/part.csv"):
        header, *rows = part.read_text().splitlines()
        place = header.split(",").index("flights")
        count += sum(int(row.split(",")[place]) for row in rows)
    return count


def sum_up(months: dict[int, Totals]) -> Totals:
    return {name: sum(month[name] for month in months.values()) for name in COLUMNS}


def print_table(months: dict[int, Totals]) -> None:
    widths = [max(len(name), 11) for name in SHORT_NAMES]

    def line(label: str, cells) -> str:
        return f"{label:<8}" + "".join(f"{cell:>{width + 2}}" for cell, width in zip(cells, widths))

    print(line("month", SHORT_NAMES))
    for month, totals in sorted(months.items()):
        print(line(f"2013-{month:02}", (f"{totals[name]:,}" for name in COLUMNS)))
    print(line("total", (f"{value:,}" for value in sum_up(months).values())))


def differences(runs: dict[int, Totals], source: dict[int, Totals], output: Path) -> list[str]:
    found = []
    for month, expected in source.items():
        if month not in runs:
            found.append(f"month {month}: no run left a summary")
            continue
        found += [
            f"month {month}, {name}: the run says {runs[month][name]:,}, the source {expected[name]:,}"
            for name in COLUMNS if runs[month][name] != expected[name]
        ]
        loaded = flights_in_partitions(output, month)
        if loaded != expected["flights"]:
            found.append(f"month {month}: the partitions hold {loaded:,} flights, the source {expected['flights']:,}")
    return found


def main() -> int:
    source, output = map(Path, sys.argv[1:])
    runs, expected = totals_of_runs(output), totals_of_source(source)
    print_table(runs)
    found = differences(runs, expected, output)
    for difference in found:
        print(f"DIFFERENT: {difference}", file=sys.stderr)
    if not found:
        print(f"\nThe totals equal those computed straight from {source.name}: {sum_up(expected)['flights']:,} flights.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
