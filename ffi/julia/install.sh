#!/usr/bin/env bash
# Installs Julia if there is none, as root on Debian: bullseye's version 1.5.3, which runs beside newer releases.
# The mirror is the one that apt uses already; lists and preferences are temporary, so apt's settings stay as they are.
set -euo pipefail

# Whether Julia starts and survives an error of its run time.
works() {
    { julia -e 'try [1][2] catch e; e isa BoundsError || exit(1) end'; } >"${1:-/dev/null}" 2>&1
}

if works; then
    julia --version
    exit 0
fi
work=$(mktemp -d)
finish() {
    local status=$?
    rm -rf "$work"
    [ "$status" -eq 0 ] || echo "JULIA COULD NOT BE INSTALLED: the Julia package is not tested" >&2
}
trap finish EXIT
chmod 755 "$work"

codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
sites() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $codename"
}
[ -n "$(sites)" ] || apt-get update -qq
mirror=$(sites | head -n 1)
if [ -z "$mirror" ]; then
    echo "apt has no source for $codename, so that there is no mirror to ask for bullseye" >&2
    exit 1
fi

mkdir -p "$work/sources" "$work/preferences" "$work/lists/partial"
for suite in "$codename" bullseye; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
done >"$work/sources/julia.list"
# Below the 500 of the release itself: only what this release has not comes from bullseye.
printf 'Package: *\nPin: release n=bullseye\nPin-Priority: 100\n' >"$work/preferences/julia"
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/none" -o "Dir::Etc::SourceParts=$work/sources"
    -o "Dir::Etc::PreferencesParts=$work/preferences" -o "Dir::State::Lists=$work/lists"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
"${apt[@]}" update
command -v julia >/dev/null || "${apt[@]}" install -y --no-install-recommends julia

# This Julia crashes with newer versions of libunwind as soon as its run time raises an error, so it gets bullseye's
# for itself, in the folder where libjulia looks first.
if ! works; then
    folder=$(dirname "$(find /usr/lib -path '*/julia/sys.so' | head -n 1)")
    [ "$folder" != . ] || { echo "found no sys.so of Julia under /usr/lib" >&2; exit 1; }
    (cd "$work" && "${apt[@]}" -o APT::Sandbox::User=root download libunwind8/bullseye)
    dpkg-deb --extract "$work"/libunwind8_*.deb "$work/libunwind"
    find "$work/libunwind" -name 'libunwind.so.8.*' -type f -exec install -m 644 {} "$folder/libunwind.so.8" \;
fi
works "$work/log" || { cat "$work/log" >&2; exit 1; }
julia --version
