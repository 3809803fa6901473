#!/bin/sh
# Usage: count.sh FOLDER TEXT
# Prints how many lines of each file under FOLDER hold TEXT, and then the sum.
set -eu
folder=$1
text=$2

[ -d "$folder" ] || { echo "count: there is no folder '$folder'" >&2; exit 1; }
echo "attempt ${SLUICE_ATTEMPT:-1}: lines with '$text' under $folder"
# grep leaves with 1 where nothing is found, which is an answer here and not a failure.
(find "$folder" -type f -exec grep --fixed-strings --count --with-filename -e "$text" -- {} + || true) |
    awk -F: '{ sum += $NF; print } END { printf "%d lines in %d files\n", sum, NR }'
