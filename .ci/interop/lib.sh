# What the scripts beside this file share. Source it; it expects to run in bash with the repository as working folder.

repository=$(git rev-parse --show-toplevel)
shared=${SHARED:-$repository/../shared}
server=${PRESENCE_SERVER:-${CARGO_TARGET_DIR:-$repository/target}/release/presence-server}
[ -x "$server" ] || { echo "build it first: cargo build --release -p presence-server" >&2; exit 2; }
work=$(mktemp -d)
server_pid=

# Starts the server on a port with a store of its own; waits until it listens.
start_server() { # port [flags]
    local port=$1
    shift
    "$server" --listen "udp:127.0.0.1:$port" --listen "tcp:127.0.0.1:$port" --store "$work/presence.sqlite" "$@" \
        >>"$work/server.out" 2>>"$work/server.log" &
    server_pid=$!
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
        sleep 0.1
    done
    echo "the server does not listen on port $port" >&2
    cat "$work/server.out" "$work/server.log" >&2
    exit 1
}

stop_server() { # [signal]
    [ -n "$server_pid" ] || return 0
    kill -"${1:-TERM}" "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
}

# Fails with what the peers and the server have said.
fail() {
    echo "FAILED: $*" >&2
    echo "--- server log (end)" >&2
    tail -n 60 "$work/server.log" >&2 || true
    stop_server
    exit 1
}

rows() { # table
    sqlite3 "$work/presence.sqlite" "select count(*) from $1"
}

trap 'stop_server; rm -rf "$work"' EXIT
