// Command signatures checks signatures of known signers in batches, for the map workers of a node or watcher (package batch says
// how). It keeps nothing. A request on its input is `n u32 ‖ entry 161 × n`, 1 <= n <= 4,096, and the answer on its output
// `n u32 ‖ verdict u8 × n`, big endian; requests are answered one after the other. It ends where its input does, so it
// cannot outlive who started it, and at anything that is no request, with status 1.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"omg.network/tools/signatures/batch"
)

// Garbage is small beside what lives: collect it seldom.
const collectorPercent = 400

func main() {
	// Each map worker has a program of its own.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(collectorPercent)
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(input io.Reader, output io.Writer) error {
	requests := bufio.NewReaderSize(input, 1<<20)
	var head [4]byte
	entries := make([]byte, batch.MaxEntries*batch.EntryBytes)
	answer := make([]byte, 4+batch.MaxEntries)
	for {
		if _, err := io.ReadFull(requests, head[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		count := binary.BigEndian.Uint32(head[:])
		if count < 1 || count > batch.MaxEntries {
			return fmt.Errorf("a request of %d signatures", count)
		}
		request := entries[:batch.EntryBytes*count]
		if _, err := io.ReadFull(requests, request); err != nil {
			return err
		}
		verdicts, err := batch.Check(request)
		if err != nil {
			return err
		}
		copy(answer, head[:])
		copy(answer[4:], verdicts)
		if _, err := output.Write(answer[:4+count]); err != nil {
			return err
		}
	}
}
