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

# uris DIRECTORY NAME: the URIs of the messages, eight in a seed so that they are compared.
uris() {
    mkdir -p "$seeds/uri"
    find "$1" -type f -name '*.sip' -exec cat {} + | tr -d '\r' | LC_ALL=C grep -aoE '(sips?|tel|pres|im|urn|https?|cid):[!-;=?-~]+' |
        LC_ALL=C sort -u | awk -v to="$seeds/uri" -v from="$2" '{
            file = sprintf("%s/%s-%04d", to, from, int((NR - 1) / 8))
            printf "%s%s", (NR % 8 == 1 ? "" : "\n"), $0 > file
            if (NR % 8 == 0) close(file)
        }'
}

# multiparts DIRECTORY NAME: the Content-Type, unfolded, and the body of each message that is multipart, and of what is
# multipart in there.
multiparts() {
    mkdir -p "$seeds/multipart"
    LC_ALL=C grep -rliaE '^content-type: *multipart/' "$1" | LC_ALL=C sort | while IFS= read -r file; do
        LC_ALL=C awk -v to="$seeds/multipart/$2-$(basename "$file")" '
            function begin() { out = sprintf("%s-%d", to, ++count); printf "%s\r\n", type > out; body[count] = out }
            {
                for (n = 1; n <= count; n++) printf "%s\n", $0 > body[n]
                line = $0
                sub(/\r$/, "", line)
                if (folded && line ~ /^[ \t]/) { sub(/^[ \t]+/, "", line); type = type line; next }
                folded = 0
                if (tolower(line) ~ /^content-type: *multipart\//) { type = substr(line, index(line, ":") + 2); folded = 1; open = 1 }
                if (open && line == "") { begin(); open = 0 }
            }' "$file"
    done
}

# steps DIRECTORY NAME: the parts of each message in the form that fuzz/src/build.rs reads: what a request must have, then
# a step for each other header.
steps() {
    mkdir -p "$seeds/build_message"
    find "$1" -type f -name '*.sip' | LC_ALL=C sort | while IFS= read -r file; do
        tr -d '\r' <"$file" | LC_ALL=C awk '
            NR == 1 { method = $1; uri = $2; next }
            $0 == "" { exit }
            /^[ \t]/ { value[count] = value[count] "\r\n" $0; next }
            { count++; value[count] = $0 }
            END {
                for (n = 1; n <= count; n++) {
                    name = tolower(value[n])
                    sub(/[ \t]*:.*/, "", name)
                    text = value[n]
                    sub(/^[^:]*:[ \t]*/, "", text)
                    if (name ~ /^(from|f)$/) from = text
                    else if (name ~ /^(to|t)$/) to = text
                    else if (name ~ /^(call-id|i)$/) id = text
                    else if (name ~ /^(content-type|c)$/) type = text
                    else if (name ~ /^(via|v)$/) steps = steps "\377v" value[n]
                    else steps = steps "\377" substr("hrspad", n % 6 + 1, 1) value[n]
                }
                printf "%s\377%s\377%s\377%s\377%s\377OK\3777a\377%s\377body%s", method, uri, from, to, id, type, steps
            }' >"$seeds/build_message/$2-$(basename "$file")"
    done
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

# verify NAME BYTES: an answer of a client, in the form that fuzz/src/digest.rs reads.
verify() {
    mkdir -p "$seeds/digest_verify"
    # shellcheck disable=SC2059 # the escapes are meant
    printf "$2" > "$seeds/digest_verify/$1"
}

verify md5 '\000\001\000\002\100\003alice\377alicepw\377example.test\377REGISTER\377sip:example.test\377body'
verify sha-256-sess-auth-int '\003\002\001\001\140\005bob\377zanzibar\377biloxi.com\377MESSAGE\377sip:biloxi.com\377hello'
verify sha-512-256-old-form '\004\004\000\000\200\000J\303\244s\303\270n\377"\\\\\377api\377PUBLISH\377sip:api\377'

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
seed differential "$root/benches/messages" '*.sip'
seed stream "$root/benches/messages" '*.sip'
digest "$root/benches/messages" bench
uris "$root/benches/messages" bench
steps "$root/benches/messages" bench
if [ -d "$shared" ]; then
    for target in differential parse_message stream; do
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
    seed imdn "$shared/cpim" '*.cpim'
    seed imdn "$shared/xml/rfc/rfc5438" '*.xml'
    seed iscomposing "$shared/xml/rfc/rfc3994" '*.xml'
    bodies deflate "$shared/clients" '^Content-Encoding: deflate'
    bodies imdn "$shared/clients" '^Content-Type: message/cpim'
    bodies iscomposing "$shared/clients" '^Content-Type: application/im-iscomposing'
    digest "$shared" corpus
    uris "$shared" corpus
    steps "$shared/rfc4475" torture
    steps "$shared/flows" flow
    multiparts "$shared/flows" flow
    multiparts "$shared/rfc4475" torture
    multiparts "$shared/cpim" cpim
else
    echo "no corpus at $shared; only the messages of the benches are seeds" >&2
fi
for target in build_message cpim deflate differential digest digest_verify imdn iscomposing multipart parse_message patch pidf related stream uri; do
    mkdir -p "$seeds/$target"
    echo "$target: $(find "$seeds/$target" -type f | wc -l) seeds"
done
