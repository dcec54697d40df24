#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSSL: a value in a provider's section of openssl.cnf that is also a section's name is not given to the provider.
#
# Versions: Debian's openssl 3.0.20-1~deb12u2, 3.5.9-1~deb13u1 and 4.0.3-1 (experimental).
# Guess: `identity = default` in the section of the default provider names it, as `identity = legacy` does the legacy one.
# Seen: libcrypto looks for a section of the value's name first and, where there is one, reads that section's keys in the
# value's place. A section "default" is always there: it has the lines above the first header, `openssl_conf = ...` among
# them, which leads back to where the reading began. The file is refused, with
#   provider_conf_params_internal:recursive section reference
# but programs do not say so: they go on without any provider that comes later in the file, and where it is the first one
# without any at all: SHA-256 is "unsupported". A provider's own parameter (`mode = fast` and a section [fast]) is lost
# without an error. Remedy: leave identity out, and give sections names that no value has.
#
# Run outside CI on amd64 with Debian's apt; the packages go to a temporary folder. Exit status 0 while it is as seen.
. "$(dirname "$0")/apt.sh"

# configured ROOT LINE: SHA-256 with a file that has LINE in the default provider's section.
configured() {
    cat >"$1/openssl.cnf" <<CONF
openssl_conf = init
[init]
providers = providers
[providers]
default = software
[software]
$2
activate = 1
[other]
CONF
    within "$1" env OPENSSL_CONF=/openssl.cnf openssl dgst -sha256 /openssl.cnf 2>&1
}

seen() {
    lay "$@"
    within "$1" openssl version
    configured "$1" '' >/dev/null || { echo "It changed: the file without identity is refused."; exit 1; }
    if configured "$1" 'identity = default' >output; then
        echo "It changed: identity = default is taken."
        exit 1
    fi
    cat output
    grep -qi 'unsupported' output || { echo "It changed: another failure."; exit 1; }
}
seen bookworm bookworm openssl=3.0.20-1~deb12u2 libssl3=3.0.20-1~deb12u2 coreutils
seen trixie trixie openssl=3.5.9-1~deb13u1 libssl3t64=3.5.9-1~deb13u1 coreutils
seen experimental experimental openssl=4.0.3-1 libssl4=4.0.3-1 coreutils
echo "As seen: identity = default is read as the section default, and nothing is loaded."
