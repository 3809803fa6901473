"""Starts a run under an idempotency key, twice, and waits for its end."""

import asyncio

from prefect.client.orchestration import get_client
from prefect.flow_runs import wait_for_flow_run


async def main():
    async with get_client() as client:
        deployment = await client.read_deployment_by_name("typed/typed")
        first = await client.create_flow_run_from_deployment(
            deployment.id, parameters={"number": 3}, idempotency_key="only-once")
        second = await client.create_flow_run_from_deployment(
            deployment.id, parameters={"number": 4}, idempotency_key="only-once")
        print("SAME", first.id == second.id)
        print("END", (await wait_for_flow_run(first.id, timeout=120)).state.name)


asyncio.run(main())
