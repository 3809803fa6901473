"""Fetches one month of trips from a web server, cleans them, and puts them into the bucket.

The object is replaced as a whole: a run that is repeated leaves what one leaves.
"""

import csv
import gzip
import io
import sys
import urllib.error
import urllib.request

from trips import Month, bucket


def fetched(url: str) -> list[dict]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return list(csv.DictReader(io.TextIOWrapper(gzip.GzipFile(fileobj=answer), encoding="utf-8", newline="")))
    except urllib.error.URLError as failure:
        sys.exit(f"{url} cannot be fetched: {failure}")


def cleaned(rows):
    """The trips that somebody took: a trip without passengers is a mistake of the meter, or of the driver."""
    return (row for row in rows if row["passenger_count"] not in ("", "0"))


def main() -> None:
    month = Month.of_this_run()
    print("fetching", month.url, flush=True)
    rows = fetched(month.url)
    kept = list(cleaned(rows))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(kept)
    content = gzip.compress(text.getvalue().encode())
    bucket(month).put_object(Key=month.key, Body=content)
    print(f"{len(kept)} of {len(rows)} trips, {len(content)} bytes, in s3://{month.bucket}/{month.key}")


if __name__ == "__main__":
    main()
