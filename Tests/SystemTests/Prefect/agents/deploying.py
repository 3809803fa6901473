"""Deploys the flows beside this file to the pool that is given: deploying.py POOL JOB_VARIABLES FLOW..."""

import json
import os
import sys

from prefect import flow

pool, variables, *names = sys.argv[1:]
for name in names:
    flow.from_source(source=os.path.dirname(os.path.abspath(__file__)), entrypoint=f"flows.py:{name}").deploy(
        name="agents",
        work_pool_name=pool,
        job_variables=json.loads(variables),
        print_next_steps=False,
        ignore_warnings=True,
    )
