#!/usr/bin/env bash
# Compiles the programs of a Kubernetes control plane from the source package of the distribution (Debian 12: 1.20.2):
#
#   build.sh FOLDER BIN        into BIN; FOLDER is where it works, and is removed in the end
#
# What makes it take two or three minutes, not ten: the tree's own `make` is left out, with all of its generators but
# the one whose result is not in the tree, and so are the clients of public clouds; and the compiler may use more memory.
set -euo pipefail
work=${1:?a folder to work in}
bin=${2:?a folder for the programs}
NAME=kubernetes
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

go=/usr/lib/go-1.19
reflect=github.com/modern-go/reflect2
need "$go/bin/go" golang-1.19-go
need "/usr/share/gocode/src/$reflect" golang-github-modern-go-reflect2-dev
mkdir -p "$work/lists/partial" "$bin"
cd "$work"

# Sources come from where packages come from; what the machine has set up stays as it is.
fetch() {
  # shellcheck disable=SC2016
  apt-get indextargets --format 'deb-src $(REPO_URI) $(CODENAME) main' \
    'Created-By: Packages' 'Origin: Debian' 'Component: main' | sort -u >sources.list
  local here=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$work/lists" -o APT::Sandbox::User=root)
  apt-get "${here[@]}" update
  apt-get "${here[@]}" source --download-only kubernetes
}

# The vendored reflect2 crashes when it was compiled by Go 1.18 or later; the distribution's own does not.
unpack() {
  mkdir -p new
  tar xzf kubernetes_*.orig.tar.gz -C new --strip-components 1
  rm -f "new/vendor/$reflect"/*.{go,s}
  cp "/usr/share/gocode/src/$reflect"/*.{go,s} "new/vendor/$reflect"
  rm -f "new/vendor/$reflect"/*_test.go
  mv new src
}

# What the API server says about its types; server-side apply needs it.
generate() {
  local root=k8s.io/kubernetes packages
  packages=$(grep -rl --include='*.go' '^// +k8s:openapi-gen=' \
    vendor/k8s.io/{api,apimachinery,apiextensions-apiserver,client-go,kube-aggregator}/ |
    xargs -n1 dirname | sort -u | sed "s,^,$root/," | paste -sd,)
  go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  "$work/openapi-gen" -i "$packages" -p "$root/pkg/generated/openapi" \
    -O zz_generated.openapi -h /dev/null -r /dev/null
}

compile() {
  local version major minor flags='-s -w' package
  version=$(sed -E 's/.*really([0-9.]+)\.orig.*/\1/' <<<"$(echo "$work"/kubernetes_*.orig.tar.gz)")
  IFS=. read -r major minor _ <<<"$version"
  for package in component-base/version client-go/pkg/version; do
    package=k8s.io/kubernetes/vendor/k8s.io/$package
    flags+=" -X $package.gitVersion=v$version -X $package.gitMajor=$major -X $package.gitMinor=$minor"
  done
  go build -ldflags "$flags" -o "$work/out/" \
    ./cmd/kube-apiserver ./cmd/kube-controller-manager ./cmd/kube-scheduler
}

make_all() {
  if [ ! -e src ]; then
    fetch
    unpack
  fi
  # A workspace as it was before modules, which would ask for what is not vendored.
  mkdir -p gopath/src/k8s.io
  ln -sfn ../../../src gopath/src/k8s.io/kubernetes
  export PATH=$go/bin:$PATH GOROOT=$go GOPATH=$work/gopath GOCACHE=$work/cache GO111MODULE=off CGO_ENABLED=0 GOGC=400
  export GOFLAGS='-p=2 -tags=providerless'
  cd gopath/src/k8s.io/kubernetes
  generate
  compile
  cp "$work"/out/* "$bin"
}

log=$STATE/log/build
say "compiles Kubernetes, once, for some minutes; $log says how far it is"
explain() { if [ "$1" != 0 ]; then tail -n 20 "$log" >&2; fi; }
trap 'explain $?' EXIT
make_all >"$log" 2>&1
rm -rf "$work"
