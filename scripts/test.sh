#!/usr/bin/env bash
# Installs what the tests need and runs all of them; the last line says how many passed and failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/setup.sh
. scripts/setup.sh

# Each line: the Debian package, and a command or file that shows it is there.
NEEDED='
ffmpeg ffmpeg
chromium chromium
curl curl
iproute2 ip
procps ps
nginx nginx
haproxy haproxy
redis-server redis-server
nats-server nats-server
libnginx-mod-rtmp /usr/lib/nginx/modules/ngx_rtmp_module.so
vlc-bin cvlc
vlc-plugin-base /usr/lib/*/vlc/plugins/access/libhttp_plugin.so
obs-studio obs
xvfb Xvfb
xauth xauth
swift-proxy swift-proxy-server
swift-account swift-account-server
swift-container swift-container-server
swift-object swift-object-server
memcached memcached
postgresql /usr/lib/postgresql/*/bin/postgres
prometheus promtool
prometheus-alertmanager prometheus-alertmanager
debootstrap debootstrap
systemd systemd-analyze
libfaketime /usr/lib/*/faketime/libfaketime.so.1
python3 python3
php-cli php
'

is_there() {
  case "$1" in
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

missing_packages() {
  printf '%s' "$NEEDED" | while read -r package shown_by; do
    if [ -n "$package" ] && ! is_there "$shown_by"; then printf '%s ' "$package"; fi
  done
}

need_node
PATH="$PATH:/usr/sbin:/sbin"
export PATH
if command -v apt-get >/dev/null 2>&1; then
  missing="$(missing_packages)"
  # shellcheck disable=SC2086
  [ -z "$missing" ] || install_system $missing || say 'Tests that need what is missing will say so.'
elif ! command -v ffmpeg >/dev/null 2>&1; then
  install_system ffmpeg || say 'Tests that need FFmpeg will say so.'
fi

install_packages
failed=''
build_if_older || failed='npm run build'
npm run --silent check:static || failed="${failed:+$failed, }npm run check:static"
exec node --import tsx scripts/run-tests.ts ${failed:+--failed "$failed"}
