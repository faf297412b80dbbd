package batch

import (
	"encoding/binary"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/secp256k1/fp"
)

// element is a number modulo p = 2^256 − fold, in four words, the lowest first. It may be p or more, but is below 2^256.
//
// The library's numbers work for any p, by Montgomery's method; that this p is so near to 2^256 makes a product a third
// cheaper and a square half. A check is little else than products, and a wrong one makes it fail, so that signatures are
// recovered: it cannot make it pass but by chance.
type element [4]uint64

// fold is what 2^256 is modulo p.
const fold = 1<<32 + 977

// setBytes reads 32 bytes, the highest first. False for p and more.
func (z *element) setBytes(from []byte) bool {
	for i := range z {
		z[i] = binary.BigEndian.Uint64(from[24-8*i:])
	}
	_, isBeyond := z.plus(fold)
	return isBeyond == 0
}

// plus is z + n, with the carry beyond 2^256.
func (z *element) plus(n uint64) (sum element, carry uint64) {
	sum[0], carry = bits.Add64(z[0], n, 0)
	sum[1], carry = bits.Add64(z[1], 0, carry)
	sum[2], carry = bits.Add64(z[2], 0, carry)
	sum[3], carry = bits.Add64(z[3], 0, carry)
	return sum, carry
}

// normal is the same number, below p.
func (z *element) normal() element {
	if beyond, isBeyond := z.plus(fold); isBeyond == 1 {
		return beyond
	}
	return *z
}

func (z *element) isZero() bool {
	return z.normal() == element{}
}

func (z *element) equals(x *element) bool {
	return z.normal() == x.normal()
}

func (z *element) isOdd() bool {
	return z.normal()[0]&1 == 1
}

// add sets z to x + y. What is beyond 2^256 is folded; that may go beyond once more, and what is left then is small.
func (z *element) add(x, y *element) {
	var c uint64
	z[0], c = bits.Add64(x[0], y[0], 0)
	z[1], c = bits.Add64(x[1], y[1], c)
	z[2], c = bits.Add64(x[2], y[2], c)
	z[3], c = bits.Add64(x[3], y[3], c)
	*z, c = z.plus(c * fold)
	z[0] += c * fold
}

// sub sets z to x − y. What is borrowed from 2^256 is given back in folds; that may borrow once more, from all ones.
func (z *element) sub(x, y *element) {
	var b uint64
	z[0], b = bits.Sub64(x[0], y[0], 0)
	z[1], b = bits.Sub64(x[1], y[1], b)
	z[2], b = bits.Sub64(x[2], y[2], b)
	z[3], b = bits.Sub64(x[3], y[3], b)
	z[0], b = bits.Sub64(z[0], b*fold, 0)
	z[1], b = bits.Sub64(z[1], 0, b)
	z[2], b = bits.Sub64(z[2], 0, b)
	z[3], b = bits.Sub64(z[3], 0, b)
	z[0] -= b * fold
}

func (z *element) negate(x *element) {
	z.sub(&element{}, x)
}

// mul sets z to x·y, row by row as on paper.
func (z *element) mul(x, y *element) {
	r4, r3, r2, r1, r0 := addRow(0, 0, 0, 0, x[0], y)
	r5, r4, r3, r2, r1 := addRow(r4, r3, r2, r1, x[1], y)
	r6, r5, r4, r3, r2 := addRow(r5, r4, r3, r2, x[2], y)
	r7, r6, r5, r4, r3 := addRow(r6, r5, r4, r3, x[3], y)
	z.reduce(r7, r6, r5, r4, r3, r2, r1, r0)
}

// addRow adds n·y to four words, the highest first. The sum has five.
func addRow(r3, r2, r1, r0, n uint64, y *element) (s4, s3, s2, s1, s0 uint64) {
	h0, l0 := bits.Mul64(n, y[0])
	h1, l1 := bits.Mul64(n, y[1])
	h2, l2 := bits.Mul64(n, y[2])
	h3, l3 := bits.Mul64(n, y[3])
	var c uint64
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	l3, c = bits.Add64(l3, h2, c)
	h3 += c
	s0, c = bits.Add64(r0, l0, 0)
	s1, c = bits.Add64(r1, l1, c)
	s2, c = bits.Add64(r2, l2, c)
	s3, c = bits.Add64(r3, l3, c)
	return h3 + c, s3, s2, s1, s0
}

// square sets z to x·x: the products of different words once, doubled, and the squares of the words.
func (z *element) square(x *element) {
	h01, r1 := bits.Mul64(x[0], x[1])
	h02, l02 := bits.Mul64(x[0], x[2])
	h03, l03 := bits.Mul64(x[0], x[3])
	h12, l12 := bits.Mul64(x[1], x[2])
	h13, l13 := bits.Mul64(x[1], x[3])
	h23, l23 := bits.Mul64(x[2], x[3])
	var c uint64
	r2, c := bits.Add64(h01, l02, 0)
	r3, c := bits.Add64(h02, l03, c)
	r4, c := bits.Add64(h03, l13, c)
	r5, c := bits.Add64(h13, l23, c)
	r6 := h23 + c
	r3, c = bits.Add64(r3, l12, 0)
	r4, c = bits.Add64(r4, h12, c)
	r5, c = bits.Add64(r5, 0, c)
	r6 += c

	r1, c = bits.Add64(r1, r1, 0)
	r2, c = bits.Add64(r2, r2, c)
	r3, c = bits.Add64(r3, r3, c)
	r4, c = bits.Add64(r4, r4, c)
	r5, c = bits.Add64(r5, r5, c)
	r6, c = bits.Add64(r6, r6, c)
	r7 := c

	h0, r0 := bits.Mul64(x[0], x[0])
	h1, l1 := bits.Mul64(x[1], x[1])
	h2, l2 := bits.Mul64(x[2], x[2])
	h3, l3 := bits.Mul64(x[3], x[3])
	r1, c = bits.Add64(r1, h0, 0)
	r2, c = bits.Add64(r2, l1, c)
	r3, c = bits.Add64(r3, h1, c)
	r4, c = bits.Add64(r4, l2, c)
	r5, c = bits.Add64(r5, h2, c)
	r6, c = bits.Add64(r6, l3, c)
	r7 += h3 + c
	z.reduce(r7, r6, r5, r4, r3, r2, r1, r0)
}

// reduce sets z to eight words, the highest first: the upper four are folded to the lower four, which makes five; the fifth
// is folded again, and its carry.
func (z *element) reduce(r7, r6, r5, r4, r3, r2, r1, r0 uint64) {
	h0, l0 := bits.Mul64(r4, fold)
	h1, l1 := bits.Mul64(r5, fold)
	h2, l2 := bits.Mul64(r6, fold)
	fifth, l3 := bits.Mul64(r7, fold)
	var c uint64
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	l3, c = bits.Add64(l3, h2, c)
	fifth += c
	r0, c = bits.Add64(r0, l0, 0)
	r1, c = bits.Add64(r1, l1, c)
	r2, c = bits.Add64(r2, l2, c)
	r3, c = bits.Add64(r3, l3, c)
	fifth += c

	hi, lo := bits.Mul64(fifth, fold)
	r0, c = bits.Add64(r0, lo, 0)
	r1, c = bits.Add64(r1, hi, c)
	r2, c = bits.Add64(r2, 0, c)
	r3, c = bits.Add64(r3, 0, c)
	r0, c = bits.Add64(r0, c*fold, 0)
	r1, c = bits.Add64(r1, 0, c)
	r2, c = bits.Add64(r2, 0, c)
	r3 += c
	z[0], z[1], z[2], z[3] = r0, r1, r2, r3
}

// squares is x squared n times.
func (x element) squares(n int) element {
	for range n {
		x.square(&x)
	}
	return x
}

func (x element) times(y element) element {
	x.mul(&x, &y)
	return x
}

// ones is x to the powers of 2, 22 and 223 binary ones: the beginnings of the exponents below.
func (x element) ones() (two, twentyTwo, most element) {
	two = x.squares(1).times(x)
	three := two.squares(1).times(x)
	six := three.squares(3).times(three)
	eleven := six.squares(3).times(three).squares(2).times(two)
	twentyTwo = eleven.squares(11).times(eleven)
	fortyFour := twentyTwo.squares(22).times(twentyTwo)
	eightyEight := fortyFour.squares(44).times(fortyFour)
	most = eightyEight.squares(88).times(eightyEight).squares(44).times(fortyFour).squares(3).times(three)
	return two, twentyTwo, most
}

// root sets z to a square root of x: x to the power of (p + 1)/4, if its square is x.
func (z *element) root(x *element) bool {
	two, twentyTwo, most := x.ones()
	root := most.squares(23).times(twentyTwo).squares(6).times(two).squares(2)
	*z = root
	root.square(&root)
	return root.equals(x)
}

// invert sets z to 1/x, which is x to the power of p − 2.
func (z *element) invert(x *element) {
	two, twentyTwo, most := x.ones()
	*z = most.squares(23).times(twentyTwo).squares(5).times(*x).squares(3).times(two).squares(2).times(*x)
}

// montgomery is 2^256 as the library has it: its product with the plain words of a number is that number as it has it.
var montgomery = fp.NewElement(fold)

// library is the same number in the library's form.
func (z *element) library() (x fp.Element) {
	x = fp.Element(z.normal())
	x.Mul(&x, &montgomery)
	return x
}
