#!/usr/bin/env bash
# Starts Headwater from a fresh checkout: ./scripts/start.sh [--demo] [arguments of `headwater serve`]
# With --demo a test picture is pushed as live/demo. Ctrl-C ends it all.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/setup.sh
. scripts/setup.sh

demo=''
count=$#
while [ "$count" -gt 0 ]; do
  count=$((count - 1))
  if [ "$1" = --demo ]; then demo=yes; else set -- "$@" "$1"; fi
  shift
done

need_node
install_packages
ffmpeg="${HEADWATER_FFMPEG_PATH:-${FFMPEG_PATH:-ffmpeg}}"
if ! command -v "$ffmpeg" >/dev/null 2>&1; then
  install_system ffmpeg || say 'Going on without FFmpeg: streams pass through; no transcoding, no snapshots, no test picture.'
fi
build_if_older

if [ -n "$demo" ]; then
  # A try-out on this machine: what is printed should work as it is.
  export HEADWATER_PUBLIC_HOST="${HEADWATER_PUBLIC_HOST:-127.0.0.1}"
  export HEADWATER_RULES_FILE="${HEADWATER_RULES_FILE:-$PWD/config/demo-rules.yml}"
  # A configuration that can't be read is told by the server itself.
  if data_dir="$(node --import tsx scripts/data-dir.ts "$@" 2>/dev/null)"; then
    # `exec` below makes this shell the server; the publisher waits for it, and ends when it does.
    node --import tsx scripts/publish-test-picture.ts --data-dir "$data_dir" --with-parent --retry </dev/null &
  fi
fi
exec scripts/headwater.js serve --banner "$@"
