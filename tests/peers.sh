#!/bin/sh
# Makes sure that the programs the tests talk to are there: Debian packages where this runs as root.
# In CI a missing one is a failure; elsewhere the tests that need it say so.
set -u
packages=""
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || packages="$packages nginx"
command -v haproxy >/dev/null 2>&1 || [ -x /usr/sbin/haproxy ] || packages="$packages haproxy"
command -v wrk >/dev/null 2>&1 || packages="$packages wrk"
command -v openssl >/dev/null 2>&1 || packages="$packages openssl"
command -v curl >/dev/null 2>&1 || packages="$packages curl"
[ -z "$packages" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null && exit 0
fi
echo "missing for the tests:$packages" >&2
[ "${CI:-}" = true ] && exit 1
exit 0
