package main

import (
	"bytes"
	"testing"

	"omg.network/tools/signatures/batch"
)

func frame(count byte, entries int) []byte {
	return append([]byte{0, 0, 0, count}, make([]byte, entries*batch.EntryBytes)...)
}

func TestServe(t *testing.T) {
	var output bytes.Buffer
	if err := serve(bytes.NewReader(append(frame(1, 1), frame(2, 2)...)), &output); err != nil {
		t.Fatal(err)
	}
	if want := []byte{0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0}; !bytes.Equal(output.Bytes(), want) {
		t.Errorf("%x", output.Bytes())
	}
}

func TestWhatIsNoRequestEnds(t *testing.T) {
	for name, input := range map[string][]byte{
		"none":        frame(0, 0),
		"too many":    {0, 0, 16, 1},
		"far beyond":  {255, 255, 255, 255},
		"half":        frame(2, 1),
		"half a head": {0, 0},
	} {
		if err := serve(bytes.NewReader(input), &bytes.Buffer{}); err == nil {
			t.Errorf("%s: goes on", name)
		}
	}
	if err := serve(bytes.NewReader(nil), &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
}
