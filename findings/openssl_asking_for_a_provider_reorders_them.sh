#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSSL: asking whether a provider is there changes which one is used.
#
# Versions: Debian's libssl3 3.0.20-1~deb12u2, libssl3t64 3.5.9-1~deb13u1 and libssl4 4.0.3-1 (experimental).
# Guess: of two providers that have an algorithm, and no property that prefers one, the one that openssl.cnf lists first
# is taken, whatever was asked before; OSSL_PROVIDER_available() only tells.
# Seen: so at first. The list is sorted by the providers' names when one of them is looked for: by
# OSSL_PROVIDER_available(), also with a name that no provider has. From then on the first in the alphabet is taken for what
# was not fetched before: here "default" in the place of "legacy", which stands before it in the file. So a program's
# choice depends on calls of its libraries. Remedy: default_properties = ?provider=NAME, or names that sort as they are listed.
#
# Run outside CI on amd64 with Debian's apt; the packages go to a temporary folder. Exit status 0 while it is as seen.
. "$(dirname "$0")/apt.sh"

# Python's ctypes calls libcrypto; RIPEMD-160 is in both providers.
cat >which.py <<'PY'
import ctypes, sys
crypto = ctypes.CDLL(sys.argv[1])
crypto.EVP_MD_fetch.restype = crypto.EVP_MD_get0_provider.restype = ctypes.c_void_p
crypto.EVP_MD_get0_provider.argtypes = [ctypes.c_void_p]
crypto.OSSL_PROVIDER_get0_name.restype = ctypes.c_char_p
crypto.OSSL_PROVIDER_get0_name.argtypes = [ctypes.c_void_p]
for name in sys.argv[2:]:
    crypto.OSSL_PROVIDER_available(None, name.encode())
digest = crypto.EVP_MD_fetch(None, b"RIPEMD160", None)
print(crypto.OSSL_PROVIDER_get0_name(crypto.EVP_MD_get0_provider(digest)).decode())
PY

which() {
    within "$place" env OPENSSL_CONF=/openssl.cnf python3 /which.py "$library" "$@"
}

seen() {
    place=$1 library=$2
    shift 2
    lay "$place" "$@" coreutils python3-minimal libpython3-stdlib
    cp which.py "$place"
    cat >"$place/openssl.cnf" <<CONF
openssl_conf = init
[init]
providers = providers
[providers]
legacy = old
default = usual
[old]
module = legacy.so
activate = 1
[usual]
activate = 1
CONF
    [ "$(which)" = legacy ] || { echo "It changed: the first in the file is not taken."; exit 1; }
    for name in default nosuch; do
        [ "$(which $name)" = default ] || { echo "It changed: asking for $name changes nothing."; exit 1; }
    done
    sed -i 's/^legacy = /before_default = /' "$place/openssl.cnf"
    [ "$(which default)" = before_default ] || { echo "It changed: a name that sorts first is no remedy."; exit 1; }
    echo "$library: listed first legacy, taken legacy; after OSSL_PROVIDER_available() taken default"
}
seen bookworm libcrypto.so.3 bookworm libssl3=3.0.20-1~deb12u2
seen trixie libcrypto.so.3 trixie libssl3t64=3.5.9-1~deb13u1 openssl-provider-legacy=3.5.9-1~deb13u1
seen experimental libcrypto.so.4 experimental libssl4=4.0.3-1 openssl-provider-legacy=4.0.3-1
echo "As seen: asking for a provider sorts them, and another one is taken."
