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

# bodies TARGET DIRECTORY HEADER: the bodies of the messages that have a header like this.
bodies() {
    mkdir -p "$seeds/$1"
    find "$2" -type f -name '*.sip' -exec grep -l -a "$3" {} + | while IFS= read -r file; do
        head=$(sed -n '/^\r$/q;p' "$file" | wc -c)
        name=$(printf '%s' "${file#"$2"/}" | tr '/' '_')
        tail -c +$((head + 3)) "$file" > "$seeds/$1/$name"
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
    seed cpim "$shared/cpim" '*'
    seed imdn "$shared/cpim" '*.cpim'
    seed imdn "$shared/xml/rfc/rfc5438" '*.xml'
    seed iscomposing "$shared/xml/rfc/rfc3994" '*.xml'
    bodies deflate "$shared/clients" '^Content-Encoding: deflate'
    bodies imdn "$shared/clients" '^Content-Type: message/cpim'
    bodies iscomposing "$shared/clients" '^Content-Type: application/im-iscomposing'
    digest "$shared" corpus
else
    echo "no corpus at $shared; only the messages of the benches are seeds" >&2
fi
for target in cpim deflate digest imdn iscomposing parse_message pidf stream; do
    mkdir -p "$seeds/$target"
    echo "$target: $(find "$seeds/$target" -type f | wc -l) seeds"
done
