#!/usr/bin/env bash
# linphonec and sipim over UDP, in Message/CPIM: each tells the other what became of its message, and sipim tells linphonec
# that its user is typing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
sipim=${SIPIM:-${CARGO_TARGET_DIR:-$repository/target}/release/sipim}
[ -x "$sipim" ] || { echo "build it first: cargo build --release -p sipim" >&2; exit 2; }
port=25072
start_server "$port"
cd "$work"

mkdir -p bob/.local/share/linphone bob/.config/linphone
cat >bob/rc <<RC
[sip]
sip_port=25074
sip_tcp_port=-1
sip_tls_port=-1
default_proxy=0
use_ipv6=0
register_only_when_network_is_up=0
use_cpim=1
deliver_imdn=1

[proxy_0]
reg_proxy=<sip:127.0.0.1:$port;transport=udp>
reg_route=<sip:127.0.0.1:$port;transport=udp;lr>
reg_identity=sip:bob@example.test
reg_sendregister=1
publish=0
cpim_in_basic_chat_rooms_enabled=1

[proxy_default_values]
cpim_in_basic_chat_rooms_enabled=1

[proxy_0_default_values]
cpim_in_basic_chat_rooms_enabled=1

[auth_info_0]
username=bob
passwd=bobpw
realm=example.test
domain=example.test
RC
export LANG=C.UTF-8
(sleep 9; echo 'chat sip:alice@example.test reply from bob'; sleep 9; echo quit; sleep 2) |
    HOME=$work/bob timeout 40 linphonec -d 5 -l bob.log -c bob/rc >bob.out 2>&1 &
linphone=$!
(sleep 6; printf 'hello'; sleep 1; echo ' from sipim'; sleep 6; printf 'and'; sleep 1; echo ' again'; sleep 3) |
    "$sipim" --server "udp:127.0.0.1:$port" --user alice --password alicepw --trace chat bob --receipts display --json \
        >alice.out 2>alice.trace || { cat alice.out alice.trace >&2; fail "sipim ends with an error"; }
wait "$linphone" || true

expect() { # file, what for, pattern
    grep -aqE "$3" "$1" || { cat alice.out bob.out >&2; fail "linphonec and sipim: $2"; }
    echo "ok  $2"
}
expect bob.out "linphonec gets the message of sipim" 'hello from sipim'
id=$(grep -a '"message-sent"' alice.out | head -n 1 | grep -oE '"id":[0-9]+')
expect alice.out "linphonec tells sipim of its delivery" "\"disposition\":\"delivery\".*$id,.*\"status\":\"delivered\""
expect alice.out "sipim gets the message of linphonec" '"text":"reply from bob"'
expect bob.log "sipim tells linphonec of its delivery" 'moving from Delivered to DeliveredToUser'
expect bob.log "sipim tells linphonec that it was displayed" 'moving from DeliveredToUser to Displayed'
# Who has not written is not told: the first message of sipim comes without.
[ "$(grep -ac '<state>active</state>' bob.log)" = 1 ] || fail "linphonec is told of composing once"
echo "ok  sipim tells linphonec that its user is typing"
if grep -aq 'SIP/2.0 415' alice.trace; then fail "linphonec does not take the status message"; fi
expect bob.out "linphonec gets what was typed then" 'and again'
stop_server
