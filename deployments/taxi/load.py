"""Loads one month of trips from the bucket into the warehouse, whose address is in WAREHOUSE.

The month replaces what the warehouse has of it, in one transaction: a run that is repeated, or dies half-way, never
leaves a trip twice or half a month.
"""

import csv
import gzip
import io
import os
import urllib.parse

from trips import Month, bucket

COLUMNS = {
    "pickup_at": ("tpep_pickup_datetime", "timestamp"), "dropoff_at": ("tpep_dropoff_datetime", "timestamp"),
    "passengers": ("passenger_count", "integer"), "miles": ("trip_distance", "numeric"),
    "fare": ("fare_amount", "numeric"), "tip": ("tip_amount", "numeric"), "total": ("total_amount", "numeric"),
}
"""The warehouse's columns, the file's, and their types."""


def connect():
    import pg8000.dbapi

    address = urllib.parse.urlsplit(os.environ["WAREHOUSE"])
    return pg8000.dbapi.connect(
        address.username, host=address.hostname, port=address.port or 5432, database=address.path.lstrip("/"),
        password=urllib.parse.unquote(address.password) if address.password else None)


def table_of(month: Month) -> str:
    return f"trips_{month.color}"


def main() -> None:
    month = Month.of_this_run()
    content = gzip.decompress(bucket(month).Object(month.key).get()["Body"].read()).decode()
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    for row in csv.DictReader(io.StringIO(content, newline="")):
        writer.writerow([f"{month.year}-{month.month:02}", *(row[name] for name, _ in COLUMNS.values())])
    lines.seek(0)

    table = table_of(month)
    with connect() as warehouse:
        cursor = warehouse.cursor()
        # Two months that are loaded at once would both make the table; the lock ends with the transaction.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (table,))
        columns = ", ".join(f"{name} {kind}" for name, (_, kind) in COLUMNS.items())
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {table} (month text, {columns})")
        cursor.execute(f"DELETE FROM {table} WHERE month = %s", (f"{month.year}-{month.month:02}",))
        cursor.execute(f"COPY {table} FROM STDIN WITH (FORMAT csv)", stream=lines)
        loaded = cursor.rowcount
        warehouse.commit()
    print(f"{loaded} trips of {month.name} are in {table}")


if __name__ == "__main__":
    main()
