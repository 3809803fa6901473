"""Deploys a flow from Python."""

import os

from prefect import flow

if __name__ == "__main__":
    flow.from_source(source=os.environ["JOURNEY_PROJECT"], entrypoint="typed.py:typed").deploy(
        name="from-python", work_pool_name="place", work_queue_name="urgent", cron="0 3 * * *", parameters={"number": 1},
        concurrency_limit=2, tags=["python"], ignore_warnings=True)
