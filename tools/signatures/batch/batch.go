// Package batch checks many ECDSA signatures over secp256k1 at once, where the public keys are known.
//
// A signature (r, s, v) of digest z stands for a point R: the one whose x is r and whose y is even for v = 27, odd for 28.
// Recovery gives Q = r⁻¹(sR − zG). The group has prime order n, and r and s are neither zero nor beyond n, so they have
// inverses, and for a point Q that is given
//
//	Q is what recovery gives  ⟺  rQ = sR − zG  ⟺  D = (z/s)G + (r/s)Q − R = 0.
//
// So a check of D = 0 takes exactly those signatures whose recovery gives Q, v included.
// (x = r + n, which v = 29 and 30 would mean, is no signature here: no more than for recovery.)
//
// Many are checked by the small exponents test (Bellare, Garay, Rabin 1998; for ECDSA with R: Karati, Das 2014): with
// independent a_i of 128 random bits, chosen after all signatures are there, Σ a_i D_i = 0. Where some D_j is not zero, it
// has order n, and whatever the other terms are, one a_j at most of the 2^128 makes the sum zero: a batch with a bad
// signature passes with a probability of 2^-128.
package batch

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/secp256k1"
	"github.com/consensys/gnark-crypto/ecc/secp256k1/fp"
	"github.com/consensys/gnark-crypto/ecc/secp256k1/fr"
)

const (
	// Bytes of one signature to be checked: digest 32 ‖ r 32 ‖ s 32 ‖ v 1 ‖ public key x 32 ‖ y 32.
	EntryBytes = 161
	// Most signatures of one request.
	MaxEntries = 4096
	// Signatures of a part that stand and fall together, once the whole has failed.
	PartEntries = 64
	// Random bytes of a coefficient.
	coefficientBytes = 16
)

const (
	rAt = 32
	sAt = 64
	vAt = 96
	xAt = 97
	yAt = 129
)

// Verdicts of a signature.
const (
	// Recovery gives another key, or none, or another signature of its part does not hold: nobody knows.
	Open byte = 0
	// Recovery gives the key.
	Holds byte = 1
)

// signature is one that could hold, with what its equation is made of.
type signature struct {
	index int
	// −R.
	r secp256k1.G1Affine
	// z/s and r/s.
	digest, point fr.Element
	key           int
}

// Check gives a verdict for each entry: Holds only for those that recovery would give the same key for. A batch in which
// all hold is one multi-scalar multiplication. If it fails, parts of PartEntries are checked, and those of a part that
// fails stay open. So the most work is that of checking all of them twice, the second time in parts.
func Check(entries []byte) ([]byte, error) {
	count := len(entries) / EntryBytes
	if len(entries)%EntryBytes != 0 || count < 1 || count > MaxEntries {
		return nil, fmt.Errorf("%d bytes are no request", len(entries))
	}
	verdicts := make([]byte, count)
	signatures, keys := decode(entries)
	coefficients := make([]byte, coefficientBytes*len(signatures))
	if _, err := rand.Read(coefficients); err != nil {
		return nil, err
	}
	if err := settle(signatures, keys, coefficients, verdicts); err != nil {
		return nil, err
	}
	return verdicts, nil
}

// settle writes the verdicts. Coefficients serve twice: those of a part are independent of whether the whole failed
// but for that one bit, which doubles the probability above at most.
func settle(signatures []signature, keys []secp256k1.G1Affine, coefficients []byte, verdicts []byte) error {
	if len(signatures) == 0 {
		return nil
	}
	whole, err := holds(signatures, keys, coefficients)
	if err != nil {
		return err
	}
	if whole {
		for _, one := range signatures {
			verdicts[one.index] = Holds
		}
		return nil
	}
	if len(signatures) <= PartEntries {
		return nil
	}
	for from := 0; from < len(signatures); from += PartEntries {
		to := min(from+PartEntries, len(signatures))
		part := coefficients[coefficientBytes*from : coefficientBytes*to]
		if err := settle(signatures[from:to], keys, part, verdicts); err != nil {
			return err
		}
	}
	return nil
}

// holds checks Σ a_i D_i = 0, with one term for each key.
func holds(signatures []signature, keys []secp256k1.G1Affine, coefficients []byte) (bool, error) {
	places := make([]int, len(keys))
	points := make([]secp256k1.G1Affine, 0, 2*len(signatures)+1)
	scalars := make([]fr.Element, 0, 2*len(signatures)+1)
	_, generator := secp256k1.Generators()
	points, scalars = append(points, generator), append(scalars, fr.Element{})
	for i := range signatures {
		one := &signatures[i]
		var a, term fr.Element
		a.SetBytes(coefficients[coefficientBytes*i : coefficientBytes*(i+1)])
		points, scalars = append(points, one.r), append(scalars, a)
		scalars[0].Add(&scalars[0], term.Mul(&a, &one.digest))
		term.Mul(&a, &one.point)
		if place := places[one.key]; place > 0 {
			scalars[place].Add(&scalars[place], &term)
			continue
		}
		places[one.key] = len(points)
		points, scalars = append(points, keys[one.key]), append(scalars, term)
	}
	var sum secp256k1.G1Jac
	if _, err := sum.MultiExp(points, scalars, ecc.MultiExpConfig{NbTasks: 1}); err != nil {
		return false, err
	}
	return sum.Z.IsZero(), nil
}

// decode reads what could hold, and the keys, each once. What is no signature or no key is left out: its verdict is Open.
func decode(entries []byte) ([]signature, []secp256k1.G1Affine) {
	count := len(entries) / EntryBytes
	signatures := make([]signature, 0, count)
	inverses := make([]fr.Element, 0, count)
	keys := make([]secp256k1.G1Affine, 0, count)
	known := make(map[[64]byte]int, count)
	for i := range count {
		entry := entries[EntryBytes*i : EntryBytes*(i+1)]
		one := signature{index: i}
		var s fr.Element
		if !scalar(&s, entry[sAt:vAt]) || !isLow(entry[sAt:vAt]) || !one.decode(entry) {
			continue
		}
		name := [64]byte(entry[xAt:])
		place, ok := known[name]
		if !ok {
			place = len(keys)
			var key secp256k1.G1Affine
			if !point(&key, entry) {
				place = -1
			} else {
				keys = append(keys, key)
			}
			known[name] = place
		}
		if place < 0 {
			continue
		}
		one.key = place
		signatures, inverses = append(signatures, one), append(inverses, s)
	}
	for i, inverse := range fr.BatchInvert(inverses) {
		signatures[i].digest.Mul(&signatures[i].digest, &inverse)
		signatures[i].point.Mul(&signatures[i].point, &inverse)
	}
	return signatures, keys
}

// decode reads digest, r and v: −R, z and r.
func (one *signature) decode(entry []byte) bool {
	if !scalar(&one.point, entry[rAt:sAt]) || (entry[vAt] != 27 && entry[vAt] != 28) {
		return false
	}
	one.digest.SetBytes(entry[:rAt])
	return lift(&one.r, entry[rAt:sAt], entry[vAt] == 27)
}

// scalar reads a number from 1 to n − 1.
func scalar(to *fr.Element, bytes []byte) bool {
	return to.SetBytesCanonical(bytes) == nil && !to.IsZero()
}

// Half the order of the group: a larger s is another encoding of the same signature (A18), and none for this network.
var halfOrder = [4]uint64{0x7fffffffffffffff, 0xffffffffffffffff, 0x5d576e7357a4501d, 0xdfe92f46681b20a0}

func isLow(s []byte) bool {
	for i, half := range halfOrder {
		if word := binary.BigEndian.Uint64(s[8*i:]); word != half {
			return word < half
		}
	}
	return true
}

// lift finds the point of the curve with that x, whose y is odd or not.
func lift(to *secp256k1.G1Affine, x []byte, odd bool) bool {
	if to.X.SetBytesCanonical(x) != nil {
		return false
	}
	square := curve(&to.X)
	if to.Y.Sqrt(&square) == nil {
		return false
	}
	if isOdd(&to.Y) != odd {
		to.Y.Neg(&to.Y)
	}
	return true
}

// point reads a point of the curve. (0, 0), which the library takes for infinity, is none.
func point(to *secp256k1.G1Affine, entry []byte) bool {
	if to.X.SetBytesCanonical(entry[xAt:yAt]) != nil || to.Y.SetBytesCanonical(entry[yAt:]) != nil {
		return false
	}
	var square fp.Element
	right := curve(&to.X)
	return square.Square(&to.Y).Equal(&right)
}

// curve is x³ + 7.
func curve(x *fp.Element) (right fp.Element) {
	var seven fp.Element
	seven.SetUint64(7)
	right.Square(x).Mul(&right, x).Add(&right, &seven)
	return right
}

func isOdd(y *fp.Element) bool {
	return y.Bits()[0]&1 == 1
}
