#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSSL 4.0: `openssl x509 -req` fails with an openssl.cnf that names no extensions.
#
# Versions: Debian's openssl 4.0.3-1 (experimental). Not with 3.0.19, 3.5.9 and 3.6.5.
# Guess: a request is signed without extensions, as before, where neither -extfile nor -extensions is given.
# Seen: from 4.0 on the command takes its extensions from the default configuration file: from the section that `extensions` in
# the file's first section names, and where there is no such key from the first section itself. One line there, and
# every file that loads a provider has `openssl_conf = ...` there, is refused as an unknown extension, and nothing is signed:
#   Error checking extension section (null)
#   ... error:11000082:X509 V3 routines:do_ext_nconf:unknown extension name: ...
#   ... error:11000080:X509 V3 routines:X509V3_EXT_nconf_int:error in extension: ... name=openssl_conf, value=...
# The file that OpenSSL 4.0 ships names a section. Remedy: `extensions = SECTION`, or -extfile /dev/null.
#
# Run outside CI on amd64 with Debian's apt; the packages go to a temporary folder. Exit status 0 while it is as seen.
set -eu

OPENSSL=4.0.3-1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mirror=$(apt-get indextargets --format '$(REPO_URI) $(LABEL) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 == "main" { print $1; exit }')
mkdir -p apt/lists/partial apt/cache/archives/partial root
for suite in sid experimental; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
done >apt/sources.list
touch apt/status
apt_here() {
    apt-get -qq -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/apt/lists" -o Dir::State::status="$work/apt/status" -o Dir::Cache="$work/apt/cache" \
        -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root "$@"
}
apt_here update
apt_here download "openssl=$OPENSSL" "libssl4=$OPENSSL" libc6 zlib1g libzstd1
for package in *.deb; do
    dpkg -x "$package" root
done
libraries=$work/root/usr/lib/x86_64-linux-gnu
openssl() {
    "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$work/root/usr/bin/openssl" "$@"
}

cat >own.cnf <<'CONF'
openssl_conf = init
[init]
providers = providers
[providers]
default = software
[software]
activate = 1
[req]
distinguished_name = name
[name]
CONF
{ echo 'extensions = none'; cat own.cnf; echo '[none]'; } >named.cnf
export OPENSSL_CONF="$work/own.cnf"
openssl version
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=ca -keyout ca.key -out ca.pem -days 2 2>/dev/null
openssl req -new -newkey rsa:2048 -nodes -subj /CN=leaf -keyout leaf.key -out leaf.csr 2>/dev/null
sign() {
    openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -days 2 "$@" -out leaf.pem
}
if sign 2>output; then
    echo "It changed: a request is signed with a file that names no extensions."
    exit 1
fi
cat output
grep -q 'name=openssl_conf' output || { echo "It changed: another failure."; exit 1; }
sign -extfile /dev/null 2>/dev/null || { echo "It changed: -extfile /dev/null is no remedy."; exit 1; }
OPENSSL_CONF=$work/named.cnf sign 2>/dev/null || { echo "It changed: naming a section is no remedy."; exit 1; }
echo "As seen: x509 -req takes openssl_conf for an extension; naming a section of extensions is a remedy."
