"""Starts runs with parameters that do not fit."""

from prefect.deployments import run_deployment

for parameters in ({"number": "many"}, {"number": 1, "unheard": 2}, {"number": 1, "size": "huge"}):
    try:
        print("MADE", run_deployment("typed/typed", parameters=parameters, timeout=0).state.name)
    except Exception as error:
        print("REFUSED", type(error).__name__, str(error)[:200])
