# What start.sh and test.sh have in common: sourced by both, with the checkout as the working directory.
# Written for bash 3.2, which is what macOS has.

say() { printf '%s\n' "$*" >&2; }

need_node() {
  if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    say 'Headwater needs Node.js 20.19 or newer with npm, and there is none on PATH. See https://nodejs.org/en/download'
    exit 69
  fi
  if ! node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
                process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'; then
    say "Headwater needs Node.js 20.19 or newer; this is $(node --version) ($(command -v node))."
    exit 69
  fi
}

# npm writes node_modules/.package-lock.json last, so an installation that was cut short is made again.
install_packages() {
  if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say 'Installing packages (npm ci) ...'
    # npm empties the folder first, and would follow a link into that of another checkout.
    if [ -L node_modules ]; then rm node_modules; fi
    npm ci --include=dev --no-audit --no-fund >&2
    touch node_modules/.package-lock.json
  fi
}

# The stamp is as old as the beginning of the build: what is edited meanwhile is built next time.
build_if_older() {
  if [ -e dist/.built ] && [ -e dist/server/main.js ]; then
    if [ -z "$(find src player package.json package-lock.json tsconfig.json tsconfig.build.json \
      -newer dist/.built ! -name '*.test.ts' -type f -print | head -n 1)" ]; then
      return 0
    fi
  fi
  say 'Building (npm run build) ...'
  mkdir -p dist
  touch dist/.building
  npm run --silent build >&2 && mv dist/.building dist/.built
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_be_root() {
  [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }
}

# Services that come with a package (nginx, postgresql) are not to be started on somebody's machine.
apt_install() {
  local policy=/usr/sbin/policy-rc.d made='' result=0
  as_root apt-get update -qq >&2 || say 'apt-get update failed; going on with the lists that are here.'
  if [ ! -e "$policy" ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" </dev/null >&2 || result=$?
  [ -z "$made" ] || as_root rm -f "$policy"
  return "$result"
}

# Installs system packages, or says why it can't; never ends the script.
install_system() {
  if command -v apt-get >/dev/null 2>&1; then
    if may_be_root; then
      say "Installing with apt: $*"
      apt_install "$@" && return 0
      say "apt could not install: $*"
    else
      say "Missing: $*. This account may not install packages; as root: apt-get install $*"
    fi
  elif command -v brew >/dev/null 2>&1; then
    say "Installing with Homebrew: $*"
    brew install "$@" >&2 && return 0
    say "Homebrew could not install: $*"
  else
    say "Missing: $*. Neither apt nor Homebrew is here; install them in your system's own way."
  fi
  return 1
}
