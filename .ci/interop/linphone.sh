#!/usr/bin/env bash
# Two linphonec against presence-server over UDP: both register, publish, subscribe to each other and exchange a MESSAGE.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
port=25070
start_server "$port"
mkdir "$work/linphone"
WORK=$work/linphone bash "$shared/interop/linphone/run.sh" udp "$port" "${CPIM:-0}" >"$work/linphone.out" 2>&1 || true
cd "$work/linphone"

expect() { # who said it, what for, pattern
    grep -aqE "$3" "$1"-udp.out || { cat alice-udp.out bob-udp.out >&2; fail "linphonec: $2"; }
    echo "ok  linphonec $2"
}
expect alice "alice is registered" 'registered, identity=.*alice@example.test'
expect bob "bob sees alice online" 'Friend "Alice" <sip:alice@example.test> is Online'
expect alice "alice sees bob online" 'Friend "Bob" <sip:bob@example.test> is Online'
expect bob "bob gets the message of alice" 'hello from linphone über'
expect alice "alice gets the reply of bob" 'reply from bob'
grep -aq '<basic>open</basic>' alice-udp.log || fail "linphonec: the NOTIFY to alice does not say open"
echo "ok  linphonec alice was sent a document that says open"
stop_server
