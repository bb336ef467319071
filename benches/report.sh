#!/usr/bin/env bash
# Measures all that README.md has figures of and writes the figures into it: some five minutes, with nothing else
# running. With --no-run it takes criterion's results as they are and measures nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
readme=benches/README.md
criterion=${CARGO_TARGET_DIR:-target}/criterion

# replace SECTION: standard input takes the place of what stands between the section's two marks.
replace() {
    local text
    text=$(mktemp)
    cat >"$text"
    awk -v begin="<!-- begin $1 -->" -v end="<!-- end $1 -->" -v text="$text" '
        $0 == end { inside = 0 }
        !inside { print }
        $0 == begin { inside = 1; while ((getline line < text) > 0) print line }
    ' "$readme" >"$readme.new"
    mv "$readme.new" "$readme"
    rm "$text"
}

machine() {
    echo "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, $(uname -s), $(rustc --version | cut -d ' ' -f 1,2)"
}

# cell GROUP CODEC MESSAGES: the mean of criterion in nanoseconds for each message.
cell() {
    local file="$criterion/$1/$2/new/estimates.json"
    if [ ! -f "$file" ]; then
        echo "-"
        return
    fi
    sed -n 's/.*"mean":{"confidence_interval":{[^}]*},"point_estimate":\([0-9.eE+]*\).*/\1/p' "$file" |
        awk -v messages="$3" '{ printf "%.0f", $1 / messages }'
}

peers() {
    echo "| ns per message | parse | parse and typed | serialise | response | proxy |"
    echo "| --- | --: | --: | --: | --: | --: |"
    for codec in sip-message rsipstack rsip ezk-sip-types rsiprtp httparse; do
        echo "| $codec | $(cell peers_parse $codec 8) | $(cell "peers_parse and typed" $codec 8) |" \
            "$(cell peers_serialise $codec 8) | $(cell peers_response $codec 6) | $(cell peers_proxy $codec 6) |"
    done
    echo "| sip-message from typed values | - | - | $(cell peers_serialise "sip-message from typed values" 8) | - | - |"
}

if [ "${1:-}" != --no-run ]; then
    cargo bench --locked -p sip-benches --bench peers
    cargo run --profile bench --locked -p sip-benches --example flatness | replace flatness
    cargo run --profile bench --locked -p sip-benches --example allocations | replace allocations
    cargo run --profile bench --locked -p sip-benches --example digest_in_turns | replace digest
    benches/instructions.sh | replace instructions
fi
machine | replace machine
peers | replace peers
