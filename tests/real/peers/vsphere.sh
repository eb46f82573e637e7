#!/usr/bin/env bash
# A vCenter simulator for tests: tests/real/peers/vsphere.sh start|start-large|stop|status|reset
#
# The simulator of govmomi 0.24.2, as Debian packages it as a library, with a main of our own, compiled by Debian's Go 1.19.
# Several run, as a world of the conformance suite has a vCenter for itself: on http://127.0.0.1:18989/sdk and the next ports.
# One more speaks TLS, on port 18988; its certificate, which is its own authority, is in certificate.pem. The user is "o2ims",
# the password "pa<ss&word". SIZE says how large the inventory is.
#
# `start-large` starts another one alone, for benchmarks, on P_VSPHERE_LARGE (18992): 2 000 hosts and 10 000 virtual machines
# unless LARGE says otherwise.
set -euo pipefail
NAME=vsphere
# shellcheck source=lib.sh
. "$(dirname "$(realpath "$0")")/lib.sh"
TLS=18988
PORTS=(18989 18990 18991)
SIZE=${SIZE:--dc 2 -cluster 1 -host 3 -standalone 1 -vm 2 -pool 1}
LARGE=${LARGE:--dc 2 -cluster 10 -host 100 -standalone 0 -vm 500 -pool 0}
LARGE_PORT=${P_VSPHERE_LARGE:-18992}
GO=/usr/lib/go-1.19/bin/go
LIBRARY=/usr/share/gocode/src/github.com/vmware/govmomi/simulator

source_of() {
  cat <<'SOURCE'
package main

import (
	"crypto/tls"
	"flag"
	"log"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/vmware/govmomi/simulator"
)

func main() {
	model := simulator.VPX()
	address := flag.String("address", "127.0.0.1:18989", "where to listen")
	certificate := flag.String("certificate", "", "speak TLS, with the certificate and the key in this file")
	flag.IntVar(&model.Datacenter, "dc", 1, "datacenters")
	flag.IntVar(&model.Cluster, "cluster", 1, "clusters of a datacenter")
	flag.IntVar(&model.ClusterHost, "host", 3, "hosts of a cluster")
	flag.IntVar(&model.Host, "standalone", 1, "hosts of a datacenter without a cluster")
	flag.IntVar(&model.Machine, "vm", 2, "virtual machines of a pool")
	flag.IntVar(&model.Pool, "pool", 0, "pools of a cluster")
	flag.Parse()
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	model.Service.Listen = &url.URL{Host: *address, User: url.UserPassword("o2ims", "pa<ss&word")}
	if *certificate != "" {
		pair, err := tls.LoadX509KeyPair(*certificate, *certificate)
		if err != nil {
			log.Fatal(err)
		}
		model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	server := model.Service.NewServer()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	<-ended
	server.Close()
	model.Remove()
}
SOURCE
}

build() {
  source_of >"$STATE/main.go"
  if [ -x "$STATE/simulator" ] && cmp -s "$STATE/main.go" "$STATE/source/main.go"; then return 0; fi
  need "$GO" golang-1.19-go
  need "$LIBRARY" golang-github-vmware-govmomi-dev
  need curl curl
  mkdir -p "$STATE/source"
  env HOME="$STATE" GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$STATE/cache" GOFLAGS= CGO_ENABLED=0 \
    "$GO" build -o "$STATE/simulator" "$STATE/main.go"
  mv "$STATE/main.go" "$STATE/source/main.go"
  rm -rf "$STATE/cache"
}

names() { printf 'vsphere-%s ' "$TLS" "${PORTS[@]}"; }

# A certificate that nobody else has signed. That of the simulator is too weak for anybody to trust.
certify() {
  if [ -s "$STATE/server.pem" ]; then return 0; fi
  need openssl openssl
  printf '[req]\ndistinguished_name=who\nx509_extensions=ext\nprompt=no\n[who]\nCN=simulator\n[ext]\n%s\n' \
    'subjectAltName=IP:127.0.0.1' >"$STATE/certificate.conf"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -config "$STATE/certificate.conf" \
    -keyout "$STATE/key.pem" -out "$STATE/certificate.pem" 2>/dev/null
  cat "$STATE/certificate.pem" "$STATE/key.pem" >"$STATE/server.pem"
}

start() {
  build
  certify
  local port options
  for port in "$TLS" "${PORTS[@]}"; do
    running "vsphere-$port" && continue
    free "$port"
    options=(-address "127.0.0.1:$port")
    if [ "$port" = "$TLS" ]; then options+=(-certificate "$STATE/server.pem"); fi
    # shellcheck disable=SC2086
    launch "vsphere-$port" "$STATE/simulator" "${options[@]}" $SIZE
  done
  for port in "${PORTS[@]}"; do
    up "vsphere-$port" 10 curl -fs --noproxy '*' -o /dev/null "http://127.0.0.1:$port/about"
  done
  up "vsphere-$TLS" 10 curl -fs --noproxy '*' -k -o /dev/null "https://127.0.0.1:$TLS/about"
}

start_large() {
  build
  running vsphere-large || free "$LARGE_PORT"
  # shellcheck disable=SC2086
  launch vsphere-large "$STATE/simulator" -address "127.0.0.1:$LARGE_PORT" $LARGE
  up vsphere-large 300 curl -fs --noproxy '*' -o /dev/null "http://127.0.0.1:$LARGE_PORT/about"
}

# shellcheck disable=SC2046
case "${1:-}" in
  start) start ;;
  start-large) start_large ;;
  stop) end $(names) vsphere-large ;;
  status) show $(names) ;;
  reset) end $(names); start ;;
  *) echo "usage: $0 start|start-large|stop|status|reset" >&2; exit 2 ;;
esac
