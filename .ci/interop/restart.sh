#!/usr/bin/env bash
# The server is killed with SIGKILL while a watcher is subscribed. After the next start the subscription, its CSeq and the
# presentity's state are still there, and the watcher (SIPp) goes on in the same dialog.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
port=25080
start_server "$port"
cd "$(dirname "$0")"
timeout -k 1 60 sipp -sf restart.xml -t u1 -i 127.0.0.1 -p 25086 -m 1 -timeout 40 -nostdin -trace_err \
    -error_file "$work/restart.err" -trace_logs -log_file "$work/restart.log" "127.0.0.1:$port" \
    >"$work/restart.out" 2>&1 &
watcher=$!
# The scenario pauses for four seconds after its first NOTIFY.
for _ in $(seq 100); do
    grep -q 'first NOTIFY' "$work/restart.log" 2>/dev/null && break
    sleep 0.1
done
grep -q 'first NOTIFY' "$work/restart.log" || { cat "$work/restart.out" >&2; fail "no first NOTIFY"; }
[ "$(rows presence_subscription)" -eq 1 ] || fail "the subscription is not in the store"
stop_server KILL
start_server "$port"
wait "$watcher" || { cat "$work/restart.err" "$work/restart.log" >&2; fail "the watcher did not go on after the restart"; }
first=$(sed -n 's/^first NOTIFY CSeq \([0-9]*\).*/\1/p' "$work/restart.log")
second=$(sed -n 's/^second NOTIFY CSeq \([0-9]*\).*/\1/p' "$work/restart.log")
[ "$second" -gt "$first" ] || fail "CSeq went from $first to $second"
echo "ok  a subscription outlives SIGKILL, CSeq $first then $second"
stop_server
