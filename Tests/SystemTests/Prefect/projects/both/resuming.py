"""Resumes a flow run: `resuming.py RUN [JSON]`."""

import json
import sys

try:
    from prefect.flow_runs import resume_flow_run
except ImportError:
    from prefect.engine import resume_flow_run

try:
    resume_flow_run(sys.argv[1], run_input=json.loads(sys.argv[2]) if len(sys.argv) > 2 else None)
    print("RESUMED")
except Exception as error:
    print("REFUSED", type(error).__name__, error)
