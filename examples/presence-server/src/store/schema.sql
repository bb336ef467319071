-- Times are nanoseconds since 1970 in the columns that end in _ns. Beside each stand the epoch seconds (rounded up, so
-- that nothing reads as expired before it is) and the same as UTC text, both computed from it.

-- The Presence Subscription Table: who watches whom, until when, and the dialog that NOTIFYs go out in.
CREATE TABLE presence_subscription (
    id              INTEGER PRIMARY KEY,
    presentity      TEXT NOT NULL,
    watcher         TEXT NOT NULL,
    contact         TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('active', 'pending')),
    expires_at_ns   INTEGER NOT NULL,
    expires_at      INTEGER GENERATED ALWAYS AS ((expires_at_ns + 999999999) / 1000000000) VIRTUAL,
    expires         TEXT GENERATED ALWAYS AS (datetime((expires_at_ns + 999999999) / 1000000000, 'unixepoch')) VIRTUAL,
    package         TEXT NOT NULL,
    event_id        TEXT,
    call_id         TEXT NOT NULL,
    local_tag       TEXT NOT NULL,
    remote_tag      TEXT NOT NULL,
    local_address   TEXT NOT NULL,
    remote_address  TEXT NOT NULL,
    route_set       TEXT NOT NULL,
    accept          TEXT NOT NULL,
    local_cseq      INTEGER NOT NULL,
    remote_cseq     INTEGER NOT NULL,
    flow_transport  TEXT NOT NULL,
    flow_local      TEXT NOT NULL,
    flow_remote     TEXT NOT NULL,
    flow_connection INTEGER NOT NULL
) STRICT;

-- The Presence Information Table: what watchers of a presentity are told.
CREATE TABLE presence_information (
    presentity      TEXT NOT NULL PRIMARY KEY,
    status          TEXT NOT NULL,
    contact         TEXT,
    modified_at_ns  INTEGER NOT NULL,
    modified_at     INTEGER GENERATED ALWAYS AS (modified_at_ns / 1000000000) VIRTUAL,
    modified        TEXT GENERATED ALWAYS AS (datetime(modified_at_ns / 1000000000, 'unixepoch')) VIRTUAL,
    document        TEXT NOT NULL
) STRICT;

-- Documents that were published (RFC 3903).
CREATE TABLE publication (
    presentity      TEXT NOT NULL,
    package         TEXT NOT NULL,
    entity_tag      TEXT NOT NULL,
    content_type    TEXT NOT NULL,
    body            BLOB NOT NULL,
    expires_at_ns   INTEGER NOT NULL,
    expires_at      INTEGER GENERATED ALWAYS AS ((expires_at_ns + 999999999) / 1000000000) VIRTUAL,
    expires         TEXT GENERATED ALWAYS AS (datetime((expires_at_ns + 999999999) / 1000000000, 'unixepoch')) VIRTUAL,
    modified_at_ns  INTEGER NOT NULL,
    modified_at     INTEGER GENERATED ALWAYS AS (modified_at_ns / 1000000000) VIRTUAL,
    modified        TEXT GENERATED ALWAYS AS (datetime(modified_at_ns / 1000000000, 'unixepoch')) VIRTUAL,
    PRIMARY KEY (presentity, package, entity_tag)
) STRICT;

-- Where users can be reached (RFC 3261 section 10).
CREATE TABLE binding (
    aor             TEXT NOT NULL,
    uri             TEXT NOT NULL,
    contact         TEXT NOT NULL,
    expires_at_ns   INTEGER NOT NULL,
    expires_at      INTEGER GENERATED ALWAYS AS ((expires_at_ns + 999999999) / 1000000000) VIRTUAL,
    expires         TEXT GENERATED ALWAYS AS (datetime((expires_at_ns + 999999999) / 1000000000, 'unixepoch')) VIRTUAL,
    call_id         TEXT NOT NULL,
    cseq            INTEGER NOT NULL,
    flow_transport  TEXT NOT NULL,
    flow_local      TEXT NOT NULL,
    flow_remote     TEXT NOT NULL,
    flow_connection INTEGER NOT NULL,
    PRIMARY KEY (aor, uri)
) STRICT;

-- What only the server may know: the key that nonces are signed with.
CREATE TABLE server_secret (
    name            TEXT NOT NULL PRIMARY KEY,
    value           BLOB NOT NULL
) STRICT;
