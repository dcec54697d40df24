# SPDX-License-Identifier: Apache-2.0
# Lays pinned Debian packages and what they depend on into folders, and runs programs there.
# Sourced, on amd64 with Debian's apt; the shell then works in a temporary folder, which goes when it ends.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mirror=$(apt-get indextargets --format '$(REPO_URI) $(LABEL) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 == "main" { print $1; exit }')

# lay FOLDER SUITE PACKAGE[=VERSION]...
lay() {
    root=$work/$1 apt=$work/$1.apt suites=$2
    shift 2
    mkdir -p "$root/usr" "$root/tmp" "$root/etc" "$root/dev" "$root/proc" "$apt/lists/partial" "$apt/cache/archives/partial"
    for folder in bin sbin lib lib64; do
        mkdir "$root/usr/$folder"
        ln -s "usr/$folder" "$root/$folder"
    done
    [ "$suites" != experimental ] || suites='sid experimental'
    for suite in $suites; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
    done >"$apt/sources.list"
    touch "$apt/status"
    cat >"$apt/conf" <<CONF
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Acquire::Check-Valid-Until "false";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Debug::NoLocking "true";
CONF
    APT_CONFIG=$apt/conf apt-get -qq update
    APT_CONFIG=$apt/conf apt-get -qq -y --download-only install "$@" >"$apt/log" 2>&1 || { cat "$apt/log"; exit 1; }
    for package in "$apt"/cache/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink --no-same-owner -C "$root"
    done
    rm -rf "$apt"
}

# within FOLDER COMMAND...: as root of a user namespace of its own, with the folder for a root.
within() {
    into=$work/$1
    shift
    unshare --map-root-user --mount sh -ec 'mount --rbind /dev "$0/dev"; mount --rbind /proc "$0/proc"; exec chroot "$0" "$@"' "$into" "$@"
}
