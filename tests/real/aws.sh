#!/usr/bin/env bash
# Tries the backend for AWS with moto: tests/real/aws.sh [FILTER]
#
# Starts moto and stops it, unless it runs already. Ends with 77 when it cannot be had here. What is tried: signatures, which
# moto checks; policies and roles; and the conformance suite. What moto does otherwise than AWS is at the head of
# tests/real/peers/moto.sh; refusals for asking too often, unknown words and broken answers are tried with a played AWS only,
# and nothing with AWS itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/real/lib.sh

start moto || exit 77
printf 'not covered: AWS itself; throttling and scale, as moto limits nothing; real node groups of EKS\n'
test_with o2-adapters aws,http-reqwest,rt-tokio --lib "${1:-moto}" -- --nocapture
