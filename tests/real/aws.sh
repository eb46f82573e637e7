#!/usr/bin/env bash
# Tries the backend for AWS with moto: tests/real/aws.sh [FILTER]
#
# Starts moto and stops it, unless it runs already. Ends with 77 when it cannot be had here. What is tried: signatures, which
# moto checks; policies and roles; and the conformance suite. What moto does otherwise than AWS is at the head of
# tests/real/peers/moto.sh; refusals for asking too often, unknown words and broken answers are tried with a played AWS only,
# and nothing with AWS itself.
set -euo pipefail
cd "$(dirname "$0")/../.."

started=0
stop() { if [ "$started" = 1 ]; then tests/real/peers/moto.sh stop >/dev/null 2>&1 || true; fi; }
trap stop EXIT

if ! tests/real/peers/moto.sh status >/dev/null 2>&1; then
    started=1
    if ! timeout 600 tests/real/peers/moto.sh start; then
        printf '\n!!! moto cannot be started here\n\n'
        exit 77
    fi
fi

printf 'not covered: AWS itself; throttling and scale, as moto limits nothing; real node groups of EKS\n'
# What has been built for all features is not built again.
case "${FEATURES:-}" in
    all) features=(--all-features) ;;
    *) features=(--features aws,http-reqwest,rt-tokio) ;;
esac
cargo test --locked -p o2-adapters "${features[@]}" --lib "${1:-moto}" -- --nocapture
