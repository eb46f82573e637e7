# What the scripts of this folder share. They source it at the root of the repository.

started=()

stop_started() {
    local peer
    for peer in "${started[@]}"; do "tests/real/peers/$peer.sh" stop >/dev/null 2>&1 || true; done
}
trap stop_started EXIT

# Starts a peer that does not run yet, to be stopped when the script ends. Fails, and says it, when it cannot be had here.
start() {
    if "tests/real/peers/$1.sh" status >/dev/null 2>&1; then return; fi
    # One that was started in part is stopped as well.
    started+=("$1")
    if ! timeout 1200 "tests/real/peers/$1.sh" start; then
        printf '\n!!! %s cannot be started here: what needs it is left out\n\n' "$1"
        return 1
    fi
}

# Runs tests with all features, which is what `.ci/run` has built already.
test_all() {
    cargo test --locked --no-fail-fast --package oran-o2 --package o2-adapters --all-features "$@"
}

# Runs tests of package $1 with features $2, or, with FEATURES=all, as `test_all` does.
test_with() {
    if [ "${FEATURES:-}" = all ]; then test_all "${@:3}"; else cargo test --locked --package "$1" --features "$2" "${@:3}"; fi
}
