"""Suspends somebody else's flow run: `suspending_from_outside.py RUN`."""

import sys
from uuid import UUID

from prefect.flow_runs import suspend_flow_run

suspend_flow_run(flow_run_id=UUID(sys.argv[1]), timeout=120)
print("SUSPENDED")
