"""Runs journeys of Prefect's own clients against a server, records what is said, and judges it."""
