# Shared by the scripts in this folder. Source it after setting `root`.
# shellcheck shell=bash

# shellcheck disable=SC2034
executables=(sallyport-gateway sallyport-worker sallyport-vcs-agent sallyport)

build_packages=(binutils libssl-dev libnghttp2-dev libgit2-dev libsqlite3-dev pkg-config)
demo_packages=(nginx-light fcgiwrap openssl)
test_packages=(python3 python3-venv nghttp2-client nghttp2-server
  protobuf-compiler gdb tcpdump)

note() { printf '%s\n' "$*" >&2; }
die() {
  note "${0##*/}: $*"
  exit 1
}

# Installs the Debian packages that are missing; says so only where there is something to do.
install_packages() {
  local missing=() package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  note "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  # policy-rc.d 101: the packages' own services must not start on this machine.
  local policy=/usr/sbin/policy-rc.d added=
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    added=1
  fi
  local status=0
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq \
    --no-install-recommends "${missing[@]}" >/dev/null || status=$?
  [[ -z $added ]] || "${as_root[@]}" rm -f "$policy"
  ((status == 0)) || die "apt-get could not install: ${missing[*]}"
}
