#!/usr/bin/env bash
# Tries the backend on OpenStack with real Keystone, Placement and Nova: tests/real/openstack.sh
#
# Starts the cloud, if it does not run, and stops what it has started. Ends with 77 when it cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! tests/real/peers/openstack.sh status >/dev/null 2>&1; then
    trap 'tests/real/peers/openstack.sh stop >/dev/null 2>&1 || true' EXIT
    if ! timeout 1200 tests/real/peers/openstack.sh start; then
        printf '\n!!! the cloud cannot be started here: openstack is left out\n\n'
        exit 77
    fi
fi

printf '\n!!! not tried here: servers that come and go (no host can start one), volume types (there is no Cinder), hosts that come and go\n\n'
# What has been built for all features is not built again.
case "${FEATURES:-}" in
    all) features=(--all-features) ;;
    *) features=(--features openstack,http-reqwest,rt-tokio) ;;
esac
cargo test --locked -p o2-adapters "${features[@]}" --lib ims::openstack::tests::real -- --nocapture
