#!/usr/bin/env bash
# Runs everything: formatting, lints, and all tests (unit, documentation, and the product's over real sockets).
#
#   ./test.sh            all of it
#   ./test.sh NAME…      the tests whose names contain NAME, with all that they print
#
# It needs Rust's toolchain, a C compiler (for the SQLite that is built in) and Chromium with its driver (for the page); as
# root on Debian it installs the latter two. GUILLOTINA_WITHOUT_BROWSER=1 leaves the page untested.
set -euo pipefail
cd "$(dirname "$0")"

export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"
profile=${PROFILE:-dev}
target=${CARGO_TARGET_DIR:-target}
results=$(mktemp)
trap 'rm -f "$results"' EXIT
steps=()
began=$SECONDS

say() { printf '\n== %s\n' "$*"; }

# Runs a step, and remembers how long it took.
step() {
    local name=$1 from=$SECONDS
    shift
    say "$name"
    if "$@"; then
        steps+=("$(printf 'ok      %4d s  %s' $((SECONDS - from)) "$name")")
    else
        steps+=("$(printf 'FAILED  %4d s  %s' $((SECONDS - from)) "$name")")
        failed=1
    fi
}

compiler() {
    command -v cc >/dev/null && return
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends build-essential
    else
        echo "A C compiler is missing: install build-essential (or its like), then run this again." >&2
        exit 1
    fi
}

# The page is tested in a browser; the tests say what is missing where this may not install it.
browser() {
    command -v chromedriver >/dev/null || [ "${GUILLOTINA_WITHOUT_BROWSER:-}" = 1 ] && return
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            chromium chromium-driver fonts-dejavu-core
    fi
}

command -v cargo >/dev/null || { echo "Rust's toolchain is missing: see https://rustup.rs" >&2; exit 1; }
compiler
browser
failed=0

if [ $# -gt 0 ]; then
    for name in "$@"; do
        cargo test --workspace --profile "$profile" -- --nocapture "$name"
    done
    exit
fi

binaries() {
    # The tests of the product find the binary by this name, so that no test builds anything.
    cargo build --profile "$profile" --bins -p guillotina-server -p guillotina-tests
}

tests() {
    cargo test --workspace --profile "$profile" --no-fail-fast | tee "$results"
}

step "formatting" cargo fmt --all --check
step "lints" cargo clippy --workspace --all-targets --profile "$profile" -- -D warnings
step "binaries" binaries
folder=$profile
[ "$profile" = dev ] && folder=debug
GUILLOTINA_BIN="$(cd "$target/$folder" && pwd)/guillotina"
export GUILLOTINA_BIN
step "tests" tests

say "summary"
printf '%s\n' "${steps[@]}"
awk '/^test result:/ { passed += $4; failed += $6 } /^test .* FAILED$/ { print "failed: " $2 } END { printf "%d tests passed, %d failed\n", passed, failed }' "$results"
printf 'all of it: %d s\n' $((SECONDS - began))
exit "$failed"
