#!/usr/bin/env bash
# A vCenter simulator for tests: tests/real/peers/vsphere.sh start|stop|status|reset
#
# The simulator of govmomi 0.24.2, as Debian packages it as a library, with a main of our own, compiled by Debian's Go 1.19. It
# speaks SOAP on http://127.0.0.1:18989/sdk; user and password are "user" and "pass". SIZE says how large the inventory is.
set -euo pipefail
NAME=vsphere
# shellcheck source=lib.sh
. "$(dirname "$(realpath "$0")")/lib.sh"
PORT=${PORT:-18989}
SIZE=${SIZE:--dc 2 -cluster 1 -host 3 -standalone 1 -vm 2 -pool 1}
GO=/usr/lib/go-1.19/bin/go
LIBRARY=/usr/share/gocode/src/github.com/vmware/govmomi/simulator

build() {
  [ -x "$STATE/simulator" ] && return 0
  need "$GO" golang-1.19-go
  need "$LIBRARY" golang-github-vmware-govmomi-dev
  need curl curl
  mkdir -p "$STATE/source"
  cat >"$STATE/source/main.go" <<'SOURCE'
package main

import (
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
	model.Service.Listen = &url.URL{Host: *address, User: url.UserPassword("user", "pass")}
	server := model.Service.NewServer()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	<-ended
	server.Close()
	model.Remove()
}
SOURCE
  env HOME="$STATE" GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$STATE/cache" GOFLAGS= CGO_ENABLED=0 \
    "$GO" build -o "$STATE/simulator" "$STATE/source/main.go"
  rm -rf "$STATE/cache"
}

start() {
  build
  running vsphere && return 0
  free "$PORT"
  # shellcheck disable=SC2086
  launch vsphere "$STATE/simulator" -address "127.0.0.1:$PORT" $SIZE
  up vsphere 10 curl -fs --noproxy '*' -o /dev/null "http://127.0.0.1:$PORT/about"
}

case "${1:-}" in
  start) start ;;
  stop) end vsphere ;;
  status) show vsphere ;;
  reset) end vsphere; start ;;
  *) echo "usage: $0 start|stop|status|reset" >&2; exit 2 ;;
esac
