"""What schemathesis cannot know of the API: texts in notations that JSON Schema has no words for, and lines of JSON."""

import json

import schemathesis
from hypothesis import strategies

NOTATIONS = {
    "cron": ["0 0 * * *", "*/5 * * * *", "@daily", "15 14 1 * MON-FRI"],
    "rrule": ["FREQ=DAILY;COUNT=3", "DTSTART:20260101T000000\nRRULE:FREQ=WEEKLY;BYDAY=MO"],
    "iana-time-zone": ["UTC", "Europe/Berlin", "America/New_York"],
}

for notation, texts in NOTATIONS.items():
    schemathesis.openapi.format(notation, strategies.sampled_from(texts))


@schemathesis.serializer(
    "application/x-ndjson", "application/jsonl", "application/ndjson", "application/x-jsonlines"
)
def lines(_context: schemathesis.SerializationContext, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    values = value if isinstance(value, list) else [value]
    return "".join(json.dumps(each) + "\n" for each in values).encode()
