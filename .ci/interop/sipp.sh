#!/usr/bin/env bash
# SIPp against presence-server over UDP and TCP: REGISTER, MESSAGE, PUBLISH, SUBSCRIBE with its NOTIFY. The scenarios
# fail by themselves when the server answers anything else than they expect.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
scenarios=$work/sipp
cp -r "$shared/interop/sipp" "$scenarios"
chmod -R u+w "$scenarios"
# The scenarios were recorded with a proxy that challenges everything with 407; the paper, and so this server, answers
# SUBSCRIBE and PUBLISH as their UAS, with 401.
sed -i 's/response="407"/response="401"/' "$scenarios/publish.xml" "$scenarios/subscribe.xml"
cd "$scenarios"

port=25060
start_server "$port"

# name of the run, scenario, injection file, local port, options
play() {
    local run=$1 scenario=$2 users=$3 local_port=$4
    shift 4
    if ! timeout -k 1 30 sipp -sf "$scenario.xml" -inf "$users.csv" -t "$mode" -i 127.0.0.1 -p "$local_port" -m 1 \
        -timeout 15 -nostdin -trace_err -error_file "$work/$run.err" -trace_logs -log_file "$work/$run.log" \
        "$@" "127.0.0.1:$port" >"$work/$run.out" 2>&1; then
        cat "$work/$run.err" 2>/dev/null >&2 || tail -n 40 "$work/$run.out" >&2
        fail "sipp $run"
    fi
    echo "ok  sipp $run"
}

for transport in udp tcp; do
    mode=u1
    [ "$transport" = tcp ] && mode=t1
    play "$transport-register-alice" register a 25066
    play "$transport-register-bob" register b 25067
    timeout 30 sipp -sf uas_message.xml -t "$mode" -i 127.0.0.1 -p 25067 -m 1 -timeout 15 -nostdin -trace_msg \
        -message_file "$work/$transport-uas.msg" >"$work/$transport-uas.out" 2>&1 &
    uas=$!
    sleep 0.5
    play "$transport-message" message a 25066
    wait "$uas" || fail "sipp $transport: the recipient of the MESSAGE"
    grep -q "hello 1" "$work/$transport-uas.msg" || fail "sipp $transport: the text of the MESSAGE"
    [ "$(grep -c '^Via:' "$work/$transport-uas.msg")" -ge 2 ] || fail "sipp $transport: the proxy's Via"
    play "$transport-publish" publish b 25067
    play "$transport-subscribe" subscribe a 25066
    grep -q active "$work/$transport-subscribe.log" || fail "sipp $transport: Subscription-State of the NOTIFY"
done

[ "$(rows binding)" -eq 4 ] || fail "two users have a UDP and a TCP contact each, the store has $(rows binding)"
[ "$(rows publication)" -eq 2 ] || fail "two documents are published, the store has $(rows publication)"
[ "$(rows presence_subscription)" -eq 2 ] || fail "two subscriptions, the store has $(rows presence_subscription)"
status=$(sqlite3 "$work/presence.sqlite" "select status from presence_information where presentity like '%bob%'")
[ "$status" = open ] || fail "bob published open, the store has '$status'"
echo "ok  rows in the store"
stop_server
