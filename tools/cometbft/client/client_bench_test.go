package client

import (
	"bufio"
	"context"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	abcicli "github.com/cometbft/cometbft/abci/client"
	"github.com/cometbft/cometbft/abci/types"
)

const (
	// requestBytes are about what a block of payments has.
	requestBytes = 2 << 20
	// lateBy is how long the application has something else to do before it reads.
	lateBy = 5 * time.Millisecond
)

// The processor time of a request for which the application has no time yet, of this process: with CometBFT's client that of its timer.
//
//	cd tools && go test ./cometbft/client -run '^$' -bench .
func BenchmarkRequestToABusyApplication(b *testing.B) {
	b.Run("ours", func(b *testing.B) { ask(b, func(address string) abcicli.Client { return New(address) }) })
	b.Run("CometBFT's", func(b *testing.B) {
		ask(b, func(address string) abcicli.Client { return abcicli.NewSocketClient(address, true) })
	})
}

func ask(b *testing.B, connect func(address string) abcicli.Client) {
	path := filepath.Join(b.TempDir(), "app.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	go serveLate(listener)
	client := connect("unix://" + path)
	if err := client.Start(); err != nil {
		b.Fatal(err)
	}
	defer client.Stop()
	message := strings.Repeat("x", requestBytes)
	before := processorTime()
	for b.Loop() {
		if _, err := client.Query(context.Background(), &types.RequestQuery{Path: message}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime()-before).Microseconds())/float64(b.N), "cpu-us/op")
}

func serveLate(listener net.Listener) {
	conn, err := listener.Accept()
	if err != nil {
		return
	}
	reader := bufio.NewReader(conn)
	for {
		if _, err := reader.Peek(1); err != nil {
			return
		}
		time.Sleep(lateBy)
		request := &types.Request{}
		if err := types.ReadMessage(reader, request); err != nil {
			return
		}
		if err := types.WriteMessage(kind(request), conn); err != nil {
			return
		}
	}
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
