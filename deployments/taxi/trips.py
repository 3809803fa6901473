"""What the flows of this folder share: the parameters, the bucket and the names in it."""

import json
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Month:
    """One month of the trips of one kind of taxi, and where its files are."""

    color: str
    year: int
    month: int
    source: str
    bucket: str
    endpoint: str

    @staticmethod
    def of_this_run() -> "Month":
        values = parameters()
        return Month(**{name: values[name] for name in Month.__dataclass_fields__})

    @property
    def name(self) -> str:
        return f"{self.color}_tripdata_{self.year}-{self.month:02}"

    @property
    def url(self) -> str:
        return f"{self.source.rstrip('/')}/{self.name}.csv.gz"

    @property
    def key(self) -> str:
        return f"data/{self.color}/{self.name}.csv.gz"


def parameters() -> dict:
    """Those of this run, which the server has checked against the deployment's schema."""
    return json.loads(os.environ["SLUICE_PARAMETERS"])


def bucket(month: Month):
    """The bucket. Credentials come from where every program of Amazon's has them: the environment, or a profile."""
    import boto3

    store = boto3.resource("s3", endpoint_url=month.endpoint or None)
    return store.Bucket(month.bucket)
