package batch

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

var prime, _ = new(big.Int).SetString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", 16)

func (z *element) number() *big.Int {
	number := new(big.Int)
	for i := 3; i >= 0; i-- {
		number.Lsh(number, 64).Or(number, new(big.Int).SetUint64(z[i]))
	}
	return number
}

// elements are numbers at all edges: small, near p, near 2^256, and words of zeros and ones among any.
func elements() []element {
	words := []uint64{0, 1, 2, fold - 1, fold, fold + 1, 1 << 63, -fold & (1<<64 - 1), 1<<64 - fold - 1, 1<<64 - 2, 1<<64 - 1}
	var all []element
	for _, w := range words {
		ones := uint64(1<<64 - 1)
		all = append(all, element{w}, element{w, ones, ones, ones}, element{0, w}, element{0, 0, 0, w}, element{w, w, w, w})
	}
	source := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		var z element
		for i := range z {
			if z[i] = source.Uint64(); source.IntN(3) == 0 {
				z[i] = words[source.IntN(len(words))]
			}
		}
		all = append(all, z)
	}
	return all
}

func TestArithmetic(t *testing.T) {
	all := elements()
	same := func(name string, got element, want *big.Int, of ...element) {
		t.Helper()
		normal := got.normal()
		if want.Mod(want, prime); normal.number().Cmp(want) != 0 {
			t.Fatalf("%s of %x is %x", name, of, got)
		}
	}
	for _, x := range all {
		var z element
		z.square(&x)
		same("square", z, new(big.Int).Mul(x.number(), x.number()), x)
		z.negate(&x)
		same("negation", z, new(big.Int).Neg(x.number()), x)
		for _, y := range all {
			z.mul(&x, &y)
			same("product", z, new(big.Int).Mul(x.number(), y.number()), x, y)
			z.add(&x, &y)
			same("sum", z, new(big.Int).Add(x.number(), y.number()), x, y)
			z.sub(&x, &y)
			same("difference", z, new(big.Int).Sub(x.number(), y.number()), x, y)
		}
	}
}

func TestInPlace(t *testing.T) {
	for _, x := range elements() {
		product, sum, difference := x, x, x
		product.mul(&product, &product)
		sum.add(&sum, &sum)
		difference.sub(&difference, &difference)
		var square, twice element
		square.square(&x)
		twice.add(&x, &x)
		if !product.equals(&square) || !sum.equals(&twice) || !difference.isZero() {
			t.Fatalf("%x", x)
		}
	}
}

func TestRootsAndInverses(t *testing.T) {
	for _, x := range elements() {
		var root, inverse, one element
		number := x.number()
		number.Mod(number, prime)
		if want := new(big.Int).ModSqrt(number, prime); root.root(&x) != (want != nil) {
			t.Fatalf("%x has a root: %v", x, want)
		}
		inverse.invert(&x)
		one.mul(&inverse, &x)
		if x.isZero() != one.isZero() || (!one.isZero() && one.normal() != element{1}) {
			t.Fatalf("%x has the inverse %x", x, inverse)
		}
		library := x.library()
		if library.BigInt(new(big.Int)).Cmp(number) != 0 {
			t.Fatalf("%x is %v in the library", x, library)
		}
	}
}

func TestBytes(t *testing.T) {
	for _, x := range elements() {
		var z element
		ok := z.setBytes(x.number().FillBytes(make([]byte, 32)))
		if ok != (x.number().Cmp(prime) < 0) || z != x {
			t.Fatalf("%x is read as %x, %v", x, z, ok)
		}
	}
}
