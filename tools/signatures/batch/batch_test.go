package batch

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/secp256k1/fr"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// signed makes entries of `count` signatures by `signers` keys.
func signed(t testing.TB, count, signers int) []byte {
	t.Helper()
	keys := make([]*secp256k1.PrivateKey, signers)
	for i := range keys {
		key, err := secp256k1.GeneratePrivateKey()
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = key
	}
	entries := make([]byte, 0, EntryBytes*count)
	for i := range count {
		digest := make([]byte, 32)
		if _, err := rand.Read(digest); err != nil {
			t.Fatal(err)
		}
		key := keys[i%signers]
		compact := ecdsa.SignCompact(key, digest, false)
		entries = append(entries, digest...)
		entries = append(entries, compact[1:]...)
		entries = append(entries, compact[0])
		entries = append(entries, key.PubKey().SerializeUncompressed()[1:]...)
	}
	return entries
}

func at(entries []byte, i int) []byte { return entries[EntryBytes*i : EntryBytes*(i+1)] }

func check(t testing.TB, entries []byte) []byte {
	t.Helper()
	verdicts, err := Check(entries)
	if err != nil {
		t.Fatal(err)
	}
	return verdicts
}

// recovers is the peer: what another library recovers, by the rules of the network.
func recovers(entry []byte) bool {
	if v := entry[vAt]; (v != 27 && v != 28) || !isLow(entry[sAt:vAt]) {
		return false
	}
	compact := append([]byte{entry[vAt]}, entry[rAt:vAt]...)
	key, _, err := ecdsa.RecoverCompact(compact, entry[:rAt])
	return err == nil && bytes.Equal(key.SerializeUncompressed()[1:], entry[xAt:])
}

func TestAllHold(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2, 1}, {64, 64}, {65, 3}, {300, 300}, {MaxEntries, 40}} {
		for i, verdict := range check(t, signed(t, size[0], size[1])) {
			if verdict != Holds {
				t.Fatalf("signature %d of %v does not hold", i, size)
			}
		}
	}
}

func TestRequestsThatAreNone(t *testing.T) {
	for _, length := range []int{0, 1, EntryBytes - 1, EntryBytes + 1, EntryBytes * (MaxEntries + 1)} {
		if _, err := Check(make([]byte, length)); err == nil {
			t.Errorf("%d bytes are taken", length)
		}
	}
}

// Each is one change to a good signature; alone and among others none of them holds.
var spoiled = map[string]func(entry []byte){
	"another digest":        func(entry []byte) { entry[0] ^= 1 },
	"another r":             func(entry []byte) { entry[sAt-1] ^= 1 },
	"another s":             func(entry []byte) { entry[vAt-1] ^= 1 },
	"the other v":           func(entry []byte) { entry[vAt] ^= 27 ^ 28 },
	"v of x beyond n":       func(entry []byte) { entry[vAt] += 2 },
	"v of another encoding": func(entry []byte) { entry[vAt] -= 27 },
	"r zero":                func(entry []byte) { clear(entry[rAt:sAt]) },
	"s zero":                func(entry []byte) { clear(entry[sAt:vAt]) },
	"r the order":           func(entry []byte) { fr.Modulus().FillBytes(entry[rAt:sAt]) },
	"s the order":           func(entry []byte) { fr.Modulus().FillBytes(entry[sAt:vAt]) },
	"r beyond the order":    func(entry []byte) { copy(entry[rAt:sAt], bytes.Repeat([]byte{0xff}, 32)) },
	"s high, with its v": func(entry []byte) {
		s := new(big.Int).SetBytes(entry[sAt:vAt])
		s.Sub(fr.Modulus(), s).FillBytes(entry[sAt:vAt])
		entry[vAt] ^= 27 ^ 28
	},
	"a key off the curve": func(entry []byte) { entry[EntryBytes-1] ^= 1 },
	"the key at infinity": func(entry []byte) { clear(entry[xAt:]) },
	"x beyond the field":  func(entry []byte) { copy(entry[xAt:yAt], bytes.Repeat([]byte{0xff}, 32)) },
	"the key's negative": func(entry []byte) {
		prime, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", 16)
		y := new(big.Int).SetBytes(entry[yAt:])
		y.Sub(prime, y).FillBytes(entry[yAt:])
	},
}

func TestSpoiledAlone(t *testing.T) {
	for name, spoil := range spoiled {
		entry := signed(t, 1, 1)
		spoil(entry)
		if check(t, entry)[0] != Open || recovers(entry) {
			t.Errorf("%s holds", name)
		}
	}
}

func TestSpoiledAmongOthers(t *testing.T) {
	const count = 5 * PartEntries
	for name, spoil := range spoiled {
		entries := signed(t, count, 50)
		spoil(at(entries, 100))
		verdicts := check(t, entries)
		for i, verdict := range verdicts {
			if i == 100 && verdict != Open {
				t.Errorf("%s holds", name)
			}
			// What cannot be a signature costs the others nothing; what is a wrong one costs its part.
			if i/PartEntries != 100/PartEntries && i/PartEntries != 99/PartEntries && verdict != Holds {
				t.Errorf("%s: signature %d does not hold", name, i)
			}
		}
	}
}

// Two wrong ones whose errors would cancel in a sum without coefficients.
func TestErrorsDoNotCancel(t *testing.T) {
	entries := signed(t, 2, 1)
	one, other := bytes.Clone(at(entries, 0)), bytes.Clone(at(entries, 1))
	copy(at(entries, 0)[:rAt], other[:rAt])
	copy(at(entries, 1)[:rAt], one[:rAt])
	for i, verdict := range check(t, entries) {
		if verdict != Open {
			t.Errorf("signature %d holds", i)
		}
	}
	twice := append(bytes.Clone(one), one...)
	if verdicts := check(t, twice); verdicts[0] != Holds || verdicts[1] != Holds {
		t.Error("the same signature twice does not hold")
	}
}

// A verdict of Holds is what recovery says, whatever the bytes; where all is well in a part, Open is, too.
func FuzzAgainstRecovery(f *testing.F) {
	for name := range spoiled {
		entries := signed(f, 3, 2)
		spoiled[name](at(entries, 1))
		f.Add(entries)
	}
	f.Add(signed(f, 4, 4))
	f.Fuzz(func(t *testing.T, bytes []byte) {
		entries := bytes[:len(bytes)/EntryBytes*EntryBytes]
		if len(entries) == 0 || len(entries) > 8*EntryBytes {
			return
		}
		for i := range len(entries) / EntryBytes {
			entry := at(entries, i)
			if alone := check(t, entry)[0] == Holds; alone != recovers(entry) {
				t.Fatalf("%x: %v, and recovery %v", entry, alone, recovers(entry))
			}
		}
		for i, verdict := range check(t, entries) {
			if verdict == Holds && !recovers(at(entries, i)) {
				t.Fatalf("signature %d of %x holds", i, entries)
			}
		}
	})
}
