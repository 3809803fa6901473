"""Deploys the flow beside this file to a pool of containers: deploying.py POOL IMAGE JOB_VARIABLES"""

import json
import os
import sys

from prefect import flow

pool, image, variables = sys.argv[1:]
flow.from_source(source=os.path.dirname(os.path.abspath(__file__)), entrypoint="boxed.py:looks").deploy(
    name="from-python",
    work_pool_name=pool,
    image=image,
    build=False,
    job_variables=json.loads(variables),
    parameters={"path": "/given/word"},
    print_next_steps=False,
)
