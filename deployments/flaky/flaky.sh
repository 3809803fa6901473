#!/bin/sh
# Usage: flaky.sh ATTEMPT
# Fails on each attempt before the given one, as a service would that is not up yet.
set -eu
succeeds_at=$1
attempt=${SLUICE_ATTEMPT:?is set by the agent}

if [ "$attempt" -lt "$succeeds_at" ]; then
    echo "attempt $attempt: the service does not answer yet" >&2
    exit 75 # EX_TEMPFAIL of sysexits.h: try again later
fi
echo "attempt $attempt: the service answers"
