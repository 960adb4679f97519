# Shared by the scripts in this folder. Source it after setting `root`.
# shellcheck shell=bash

# shellcheck disable=SC2034
executables=(sallyport-gateway sallyport-worker sallyport-vcs-agent sallyport)

build_packages=(binutils libssl-dev libnghttp2-dev libgit2-dev libsqlite3-dev zlib1g-dev pkg-config)
demo_packages=(nginx-light fcgiwrap openssl)
test_packages=(python3 python3-venv python3-cryptography nghttp2-client nghttp2-server
  protobuf-compiler libprotobuf-dev gdb tcpdump strace iproute2 curl)
fault_packages=(python3 iproute2 util-linux procps)

note() { printf '%s\n' "$*" >&2; }
die() {
  note "${0##*/}: $*"
  exit 1
}

# nginx and fcgiwrap are where an unprivileged user's PATH does not look.
PATH=$PATH:/usr/sbin:/sbin

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
  "${as_root[@]}" apt-get update -qq || die "apt-get update failed"
  "${as_root[@]}" bash -c "$install_without_starting" install "${missing[@]}" ||
    die "apt-get could not install: ${missing[*]}"
}

# Installs "$@" while policy-rc.d keeps the packages' own services from starting on this machine.
install_without_starting='
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap "rm -f $policy" EXIT
    trap "exit 1" INT TERM
    printf "#!/bin/sh\nexit 101\n" >"$policy"
    chmod 755 "$policy"
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null'
