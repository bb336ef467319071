#!/usr/bin/env bash
# Instructions that sip-message executes for each operation and message, as a Markdown table on standard output. Needs
# valgrind. The count does not depend on what else the machine does.
set -euo pipefail
cd "$(dirname "$0")/.."

# The difference of a run with so many rounds and one with none: start-up and what the operation finds ready cancel out.
rounds=100
messages=(invite message message-cpim notify ok register subscribe unauthorized)
requests=" invite message message-cpim notify register subscribe "

command -v valgrind >/dev/null || { echo "valgrind is missing" >&2; exit 1; }
program=$(cargo build --profile bench --locked -p sip-benches --example instructions --message-format=json |
    sed -n 's/.*"executable":"\([^"]*instructions[^"]*\)".*/\1/p')

# count OPERATION MESSAGE TIMES
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

columns=""
rule=""
for message in "${messages[@]}"; do
    columns+=" $message |"
    rule+=" --: |"
done
echo "| instructions |$columns mean |"
echo "| --- |$rule --: |"
for operation in parse parse-typed build response proxy; do
    row="| $operation |"
    sum=0
    counted=0
    for message in "${messages[@]}"; do
        if [[ $operation =~ ^(response|proxy)$ && $requests != *" $message "* ]]; then
            row+=" - |"
            continue
        fi
        one=$((($(count "$operation" "$message" $rounds) - $(count "$operation" "$message" 0)) / rounds))
        row+=" $one |"
        sum=$((sum + one))
        counted=$((counted + 1))
    done
    echo "$row $((sum / counted)) |"
done
