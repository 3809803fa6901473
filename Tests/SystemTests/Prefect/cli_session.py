"""Runs inside an environment with Prefect: arguments come in, exit status and output go out, a line each.

Each command runs through the CLI's own entry point, as `prefect ARGUMENTS` does; only Python and the imports stay.
"""

import json
import os
import sys
import traceback


def execute(arguments: list[str]) -> int:
    sys.argv = ["prefect", *arguments]
    try:
        app()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


answers = os.fdopen(os.dup(1), "w")
output = open(sys.argv[1], "w+b", buffering=0)
errors = os.dup(2)
os.dup2(output.fileno(), 1)
commands = sys.stdin
sys.stdin = open(os.devnull)

from prefect.cli import app  # noqa: E402 (after the output has been led elsewhere)

for line in commands:
    output.seek(0)
    output.truncate()
    os.dup2(output.fileno(), 2)
    status = execute(json.loads(line))
    os.dup2(errors, 2)
    output.seek(0)
    answers.write(json.dumps([status, output.read().decode(errors="replace")]) + "\n")
    answers.flush()
