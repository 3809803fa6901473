"""Makes a work pool of processes, and deployments of the flow `stamped` to it: prefect_deploying.py POOL JSON

The JSON has the job variables of each deployment, by its name.
"""

import json
import sys
from pathlib import Path

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.workers.process import ProcessWorker


def make_pool(name: str) -> None:
    template = ProcessWorker.get_default_base_job_template()
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=name, type="process", base_job_template=template))


def deploy(pool: str, name: str, variables: dict) -> None:
    flow.from_source(source=str(Path(__file__).resolve().parent), entrypoint="prefect_flows.py:stamped").deploy(
        name=name, work_pool_name=pool, job_variables=variables, print_next_steps=False, ignore_warnings=True)


if __name__ == "__main__":
    make_pool(sys.argv[1])
    for deployment, job_variables in json.loads(sys.argv[2]).items():
        deploy(sys.argv[1], deployment, job_variables)
