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

# patches DIRECTORY: each document of the examples of RFC 5261 and the patch behind it, with a NUL between them.
patches() {
    mkdir -p "$seeds/patch"
    find "$1" -type f -name '*diff.xml' | sort | while IFS= read -r patch; do
        number=$(basename "$patch" | cut -d- -f1)
        before=$(printf '%02d' $((${number#0} - 1)))
        for document in "$(dirname "$patch")/$before"-*.xml; do
            { cat "$document"; printf '\0'; cat "$patch"; } >"$seeds/patch/$(basename "$(dirname "$patch")")-$number"
        done
    done
}

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
    seed related "$shared/xml/rfc" '*.xml'
    for rfc in 5261 5262 5263 5264; do
        patches "$shared/xml/rfc/rfc$rfc"
    done
    seed cpim "$shared/cpim" '*'
    digest "$shared" corpus
else
    echo "no corpus at $shared; only the messages of the benches are seeds" >&2
fi
for target in cpim digest parse_message patch pidf related stream; do
    mkdir -p "$seeds/$target"
    echo "$target: $(find "$seeds/$target" -type f | wc -l) seeds"
done
