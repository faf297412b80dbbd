package batch

import (
	"github.com/consensys/gnark-crypto/ecc/secp256k1"
	"github.com/consensys/gnark-crypto/ecc/secp256k1/fr"
)

// affine is a point of the curve, not that at infinity.
type affine struct{ x, y element }

// What an addition in a batch costs, and what a bucket does, in proportion: as the quickest widths of 64 to 2,048
// signatures have it.
const (
	additionCost = 2
	bucketCost   = 11
)

// Points whose buckets are summed together: 0.5 MB.
const pointsTogether = 8192

const (
	scalarBits = 256
	fewestBits = 4
	mostBits   = 12
)

// sumIsZero says whether Σ scalars[i]·points[i] is the point at infinity: Pippenger's method with signed digits. For each
// digit, from the highest to the lowest, points go into the bucket of their digit, buckets are summed, and the sum of all
// their multiples is added. Scalars may be shorter than others: a digit of zero costs nothing. Buckets of several digits
// are summed together, where there are few points, so that an inversion serves many of them.
func sumIsZero(points []affine, scalars []fr.Element) bool {
	words := make([][4]uint64, len(scalars))
	bitsOfAll := 0
	for i := range scalars {
		words[i] = scalars[i].Bits()
		bitsOfAll += scalars[i].BitLen()
	}
	width := widthFor(bitsOfAll)
	digits := digitsOf(words, width)
	half := 1 << (width - 1)
	together := max(1, pointsTogether/len(points))
	buckets := newBuckets(together*len(points), together*half)
	var sum secp256k1.G1Jac
	for to := len(digits); to > 0; to -= together {
		from := max(0, to-together)
		buckets.fill(points, digits[from:to], half)
		buckets.add()
		for d := to - from - 1; d >= 0; d-- {
			for range width {
				sum.DoubleAssign()
			}
			part := buckets.multiples(d*half, (d+1)*half)
			sum.AddAssign(&part)
		}
	}
	return sum.Z.IsZero()
}

// widthFor is the width of a digit in bits that costs least where all scalars together have so many bits.
func widthFor(bitsOfAll int) int {
	cost := func(width int) int {
		return bitsOfAll/width*additionCost + (scalarBits/width+1)*(1<<(width-1))*bucketCost
	}
	best := fewestBits
	for width := fewestBits + 1; width <= mostBits; width++ {
		if cost(width) < cost(best) {
			best = width
		}
	}
	return best
}

// digitsOf cuts scalars into digits from −2^(width−1) + 1 to 2^(width−1), the lowest first: digits[d][i] is that of scalar i.
func digitsOf(scalars [][4]uint64, width int) [][]int16 {
	digits := make([][]int16, scalarBits/width+1)
	carries := make([]int, len(scalars))
	for d := range digits {
		digits[d] = make([]int16, len(scalars))
		for i := range scalars {
			digit := bitsAt(&scalars[i], d*width, width) + carries[i]
			carries[i] = 0
			if digit > 1<<(width-1) {
				digit, carries[i] = digit-1<<width, 1
			}
			digits[d][i] = int16(digit)
		}
	}
	return digits
}

// bitsAt are `width` bits of a scalar from bit `at` on.
func bitsAt(scalar *[4]uint64, at, width int) int {
	word, shift := at/64, at%64
	if word > 3 {
		return 0
	}
	value := scalar[word] >> shift
	if shift+width > 64 && word < 3 {
		value |= scalar[word+1] << (64 - shift)
	}
	return int(value & (1<<width - 1))
}

// buckets hold points by the size of their digit: of the first of several digits, bucket b those of b + 1, and so on.
type buckets struct {
	// Those of bucket b are points[starts[b] : starts[b] + lengths[b]].
	points          []affine
	starts, lengths []int
	// Of each pair: what is to be inverted for its sum, and its inverse.
	slopes, inverses []element
}

func newBuckets(points, count int) *buckets {
	return &buckets{
		points:   make([]affine, points),
		starts:   make([]int, count+1),
		lengths:  make([]int, count),
		slopes:   make([]element, points/2+1),
		inverses: make([]element, points/2+1),
	}
}

// fill puts each point, or for a negative digit its negative, into its buckets: one of `half` for each of the digits.
func (b *buckets) fill(points []affine, digits [][]int16, half int) {
	clear(b.lengths)
	for d, row := range digits {
		for _, digit := range row {
			if digit != 0 {
				b.lengths[d*half+int(max(digit, -digit))-1]++
			}
		}
	}
	for i, length := range b.lengths {
		b.starts[i+1] = b.starts[i] + length
		b.lengths[i] = 0
	}
	for d, row := range digits {
		for i, digit := range row {
			if digit == 0 {
				continue
			}
			bucket := d*half + int(max(digit, -digit)) - 1
			to := &b.points[b.starts[bucket]+b.lengths[bucket]]
			b.lengths[bucket]++
			*to = points[i]
			if digit < 0 {
				to.y.negate(&to.y)
			}
		}
	}
}

// add sums up each bucket to one point or none: pair by pair in all buckets at once, again and again, with one inversion
// for all pairs of a round.
func (b *buckets) add() {
	for {
		pairs := b.slopesOfPairs()
		if pairs == 0 {
			return
		}
		invertAll(b.slopes[:pairs], b.inverses[:pairs])
		b.addPairs()
	}
}

// slopesOfPairs finds what has to be inverted for the sum of each pair: x₂ − x₁, for the same point twice 2y, and for two
// that cancel nothing, which is 1. It returns how many there are.
func (b *buckets) slopesOfPairs() int {
	pairs := 0
	for i, length := range b.lengths {
		points := b.points[b.starts[i]:]
		for j := 0; j+1 < length; j += 2 {
			one, other, slope := &points[j], &points[j+1], &b.slopes[pairs]
			if slope.sub(&other.x, &one.x); slope.isZero() {
				// No point of the curve has y = 0: the order of the group is odd.
				if slope.add(&one.y, &other.y); slope.isZero() {
					*slope = element{1}
				}
			}
			pairs++
		}
	}
	return pairs
}

// addPairs puts the sum of each pair, and the one that is left over, to the beginning of its bucket.
func (b *buckets) addPairs() {
	pair := 0
	for i, length := range b.lengths {
		points := b.points[b.starts[i]:]
		filled := 0
		for j := 0; j+1 < length; j += 2 {
			if sum, ok := sumOf(&points[j], &points[j+1], &b.inverses[pair]); ok {
				points[filled] = sum
				filled++
			}
			pair++
		}
		if length%2 == 1 {
			points[filled] = points[length-1]
			filled++
		}
		b.lengths[i] = filled
	}
}

// sumOf is p + q, by the inverse that slopesOfPairs has asked for; false for the point at infinity.
func sumOf(p, q *affine, inverse *element) (sum affine, ok bool) {
	var slope, width element
	slope.sub(&q.y, &p.y)
	if width.sub(&q.x, &p.x); width.isZero() {
		if !slope.isZero() {
			return sum, false
		}
		// The tangent: 3x²/2y.
		var square element
		square.square(&p.x)
		slope.add(&square, &square)
		slope.add(&slope, &square)
	}
	slope.mul(&slope, inverse)
	sum.x.square(&slope)
	sum.x.sub(&sum.x, &p.x)
	sum.x.sub(&sum.x, &q.x)
	sum.y.sub(&p.x, &sum.x)
	sum.y.mul(&sum.y, &slope)
	sum.y.sub(&sum.y, &p.y)
	return sum, true
}

// multiples is Σ (i + 1)·bucket from + i: the sum of all sums from the highest bucket down to each.
func (b *buckets) multiples(from, to int) (total secp256k1.G1Jac) {
	var running secp256k1.G1Jac
	for i := to - 1; i >= from; i-- {
		if b.lengths[i] > 0 {
			point := b.points[b.starts[i]].library()
			running.AddMixed(&point)
		}
		total.AddAssign(&running)
	}
	return total
}

func (p *affine) library() secp256k1.G1Affine {
	return secp256k1.G1Affine{X: p.x.library(), Y: p.y.library()}
}

// invertAll writes the inverses of numbers that are not zero, by one inversion (Montgomery's trick).
func invertAll(numbers, inverses []element) {
	product := element{1}
	for i := range numbers {
		inverses[i] = product
		product.mul(&product, &numbers[i])
	}
	product.invert(&product)
	for i := len(numbers) - 1; i >= 0; i-- {
		inverses[i].mul(&inverses[i], &product)
		product.mul(&product, &numbers[i])
	}
}
