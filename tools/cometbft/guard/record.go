package guard

import (
	"math"

	"github.com/cometbft/cometbft/privval"
)

// Own is the record of a key that CometBFT has itself: it writes down what it signs.
type Own struct{ Key *privval.FilePV }

// Height of the last signature.
func (r Own) Height() int64 { return r.Key.LastSignState.Height }

// Raise leaves it to CometBFT.
func (r Own) Raise(int64) {}

// Asked is the record of a key that a signer has: which heights it was asked for from here, in the file that CometBFT has for a key of its
// own. The signer's record may be another machine's, and cannot be asked.
type Asked struct{ File *privval.FilePVLastSignState }

// Height of the last request.
func (r Asked) Height() int64 { return r.File.Height }

// Raise writes a new height. What was signed of it is not known here: should the key come back to CometBFT, nothing more of this height is.
func (r Asked) Raise(height int64) {
	if height <= r.File.Height {
		return
	}
	r.File.Height, r.File.Round, r.File.Step = height, math.MaxInt32, 3
	r.File.Signature, r.File.SignBytes = nil, nil
	r.File.Save()
}
