package batch

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/secp256k1"
	"github.com/consensys/gnark-crypto/ecc/secp256k1/fr"
)

// multiples are ± G times 1 to `most`, so that sums of pairs double and cancel where there are few.
func multiples(source *rand.Rand, count, most int) (own []affine, library []secp256k1.G1Affine) {
	_, g := secp256k1.Generators()
	for range count {
		var point secp256k1.G1Affine
		point.ScalarMultiplication(&g, big.NewInt(1+source.Int64N(int64(most))))
		if source.IntN(2) == 0 {
			point.Neg(&point)
		}
		own, library = append(own, ownOf(point)), append(library, point)
	}
	return own, library
}

func ownOf(point secp256k1.G1Affine) (own affine) {
	x, y := point.X.Bytes(), point.Y.Bytes()
	if !own.x.setBytes(x[:]) || !own.y.setBytes(y[:]) {
		panic("a point of the library is none")
	}
	return own
}

// scalarsOf are of any length, and among them zero, one, −1 and what is all ones in a digit.
func scalarsOf(source *rand.Rand, count int) []fr.Element {
	scalars := make([]fr.Element, count)
	for i := range scalars {
		switch source.IntN(5) {
		case 0:
			scalars[i] = fr.NewElement(uint64(source.IntN(3)))
		case 1:
			scalars[i].SetInt64(-1 - source.Int64N(4))
		case 2:
			scalars[i].SetBigInt(new(big.Int).Lsh(big.NewInt(1), uint(source.IntN(256))))
		default:
			bytes := make([]byte, 1+source.IntN(32))
			for j := range bytes {
				bytes[j] = byte(source.Uint32() | source.Uint32()*uint32(source.IntN(2)))
			}
			scalars[i].SetBytes(bytes)
		}
	}
	return scalars
}

// The sum with its negative is zero, and with anything else it is not: so it is what the library says.
func TestSums(t *testing.T) {
	source := rand.New(rand.NewPCG(3, 4))
	for _, size := range [][2]int{{1, 1}, {2, 1}, {3, 2}, {10, 1}, {10, 3}, {64, 2}, {65, 1000}, {300, 3}, {300, 100_000}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			for range 20 {
				own, library := multiples(source, size[0], size[1])
				scalars := scalarsOf(source, size[0])
				var sum secp256k1.G1Affine
				if _, err := sum.MultiExp(library, scalars, ecc.MultiExpConfig{NbTasks: 1}); err != nil {
					t.Fatal(err)
				}
				if sum.IsInfinity() {
					if !sumIsZero(own, scalars) {
						t.Fatalf("%v of %v is not zero", scalars, own)
					}
					continue
				}
				whole := append(own, ownOf(*sum.Neg(&sum)))
				if !sumIsZero(whole, append(scalars, fr.One())) {
					t.Fatalf("%v of %v is not what the library says", scalars, own)
				}
				if sumIsZero(whole, append(scalars, fr.NewElement(2))) || sumIsZero(own, scalars) {
					t.Fatalf("%v of %v is zero", scalars, own)
				}
			}
		})
	}
}

func TestDigits(t *testing.T) {
	source := rand.New(rand.NewPCG(5, 6))
	for width := fewestBits; width <= mostBits; width++ {
		scalars := scalarsOf(source, 200)
		words := make([][4]uint64, len(scalars))
		for i := range scalars {
			words[i] = scalars[i].Bits()
		}
		digits := digitsOf(words, width)
		for i := range scalars {
			sum := new(big.Int)
			for d := len(digits) - 1; d >= 0; d-- {
				digit := int(digits[d][i])
				if digit > 1<<(width-1) || digit <= -1<<(width-1) {
					t.Fatalf("digit %d of width %d", digit, width)
				}
				sum.Lsh(sum, uint(width)).Add(sum, big.NewInt(int64(digit)))
			}
			if sum.Cmp(scalars[i].BigInt(new(big.Int))) != 0 {
				t.Fatalf("%v in digits of %d bits is %v", scalars[i].String(), width, sum)
			}
		}
	}
}

func TestWidths(t *testing.T) {
	for bits := range 20 {
		if width := widthFor(1 << bits); width < fewestBits || width > mostBits {
			t.Errorf("2^%d bits in digits of %d", bits, width)
		}
	}
}
