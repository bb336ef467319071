#!/bin/sh
# Fills fuzz/corpus/<target> with seeds: the messages of the benches and, where it is there, the shared corpus
# (SIP_CORPUS, by default ../shared/corpus beside this repository). Can be run again at any time.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
shared=${SIP_CORPUS:-$root/../shared/corpus}
seeds=$root/fuzz/corpus

# seed TARGET DIRECTORY PATTERN: copies the matching files, their paths flattened to names.
seed() {
    mkdir -p "$seeds/$1"
    find "$2" -type f -name "$3" | while IFS= read -r file; do
        name=$(printf '%s' "${file#"$2"/}" | tr '/' '_')
        cp "$file" "$seeds/$1/$name"
        chmod u+w "$seeds/$1/$name"
    done
}

# digest DIRECTORY: each Digest header value of the messages as a seed of its own.
digest() {
    mkdir -p "$seeds/digest"
    find "$1" -type f -name '*.sip' -exec cat {} + | tr -d '\r' |
        sed -n -E 's/^(WWW-Authenticate|Proxy-Authenticate|Authorization|Proxy-Authorization)[[:blank:]]*:[[:blank:]]*//Ip' |
        sort -u | awk -v to="$seeds/digest" '{ file = sprintf("%s/%s-%04d", to, from, NR); printf "%s", $0 > file; close(file) }' from="$2"
}

# verify NAME BYTES: an answer of a client, in the form that fuzz/src/digest.rs reads.
verify() {
    mkdir -p "$seeds/digest_verify"
    # shellcheck disable=SC2059 # the escapes are meant
    printf "$2" > "$seeds/digest_verify/$1"
}

verify md5 '\000\001\000\002\100\003alice\377alicepw\377example.test\377REGISTER\377sip:example.test\377body'
verify sha-256-sess-auth-int '\003\002\001\001\140\005bob\377zanzibar\377biloxi.com\377MESSAGE\377sip:biloxi.com\377hello'
verify sha-512-256-old-form '\004\004\000\000\200\000J\303\244s\303\270n\377"\\\\\377api\377PUBLISH\377sip:api\377'

seed parse_message "$root/benches/messages" '*.sip'
seed stream "$root/benches/messages" '*.sip'
digest "$root/benches/messages" bench
if [ -d "$shared" ]; then
    for target in parse_message stream; do
        seed "$target" "$shared/rfc4475" '*.sip'
        seed "$target" "$shared/flows" '*.sip'
        seed "$target" "$shared/clients" '*.sip'
    done
    seed pidf "$shared/xml/rfc" '*.xml'
    seed cpim "$shared/cpim" '*'
    digest "$shared" corpus
else
    echo "no corpus at $shared; only the messages of the benches are seeds" >&2
fi
for target in cpim digest digest_verify parse_message pidf stream; do
    mkdir -p "$seeds/$target"
    echo "$target: $(find "$seeds/$target" -type f | wc -l) seeds"
done
