package batch

import (
	"fmt"
	"syscall"
	"testing"
)

// Processor time per signature by size of the batch: all signers different, a quarter of them, one bad signature.
func BenchmarkCheck(b *testing.B) {
	for _, size := range []int{8, 16, 32, 64, 256, 1024, 2048, 4096} {
		b.Run(fmt.Sprintf("%d/different", size), func(b *testing.B) { run(b, signed(b, size, size)) })
		b.Run(fmt.Sprintf("%d/quarter", size), func(b *testing.B) { run(b, signed(b, size, (size+3)/4)) })
		bad := signed(b, size, size)
		bad[0] ^= 1
		b.Run(fmt.Sprintf("%d/bad", size), func(b *testing.B) { run(b, bad) })
	}
}

func run(b *testing.B, entries []byte) {
	before := processorNanos()
	for b.Loop() {
		if _, err := Check(entries); err != nil {
			b.Fatal(err)
		}
	}
	signatures := float64(b.N) * float64(len(entries)/EntryBytes)
	b.ReportMetric(float64(processorNanos()-before)/signatures/1000, "us/signature")
}

func processorNanos() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}
