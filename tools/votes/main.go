// Command votes prints vectors of CometBFT's votes and their signatures, made by CometBFT itself:
//
//	cd tools && go run ./votes > ../packages/protocol/vectors/votes.vectors.json
//
// packages/protocol and contracts/src/libraries/ConsensusVotes.sol are checked against them.
package main

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/cometbft/cometbft/crypto/secp256k1eth"
	"github.com/cometbft/cometbft/crypto/tmhash"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/proto/tendermint/types"
	comet "github.com/cometbft/cometbft/types"
	"golang.org/x/crypto/sha3"
)

// RootChain and Ethereum's chain id of the deployment that the votes belong to, and its name (consensusChainId of packages/protocol).
const (
	rootChain = "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
	ethereum  = "31337"
	chainID   = "omg-7b426bbdb0875c98b49639bf02550afa5957960c"
)

type block struct {
	Hash       string `json:"hash"`
	PartsTotal uint32 `json:"partsTotal"`
	PartsHash  string `json:"partsHash"`
}

type vector struct {
	Name      string `json:"name"`
	Type      int32  `json:"type"`
	Height    string `json:"height"`
	Round     uint32 `json:"round"`
	Block     *block `json:"block"`
	Seconds   string `json:"seconds"`
	Nanos     uint32 `json:"nanos"`
	SignBytes string `json:"signBytes"`
	Digest    string `json:"digest"`
	Signature string `json:"signature"`
	// The vote as CometBFT's RPC prints it.
	Printed json.RawMessage `json:"printed"`
}

type domain struct {
	ChainID           string `json:"chainId"`
	VerifyingContract string `json:"verifyingContract"`
}

type file struct {
	Domain  domain   `json:"domain"`
	ChainID string   `json:"chainId"`
	Signer  string   `json:"signer"`
	Votes   []vector `json:"votes"`
	// Evidence of a double vote as CometBFT's RPC prints it in a block.
	Evidence json.RawMessage `json:"evidence"`
}

func text(bytes []byte) string { return "0x" + hex.EncodeToString(bytes) }

func blockID(name string, parts uint32) comet.BlockID {
	return comet.BlockID{
		Hash:          tmhash.Sum([]byte(name)),
		PartSetHeader: comet.PartSetHeader{Total: parts, Hash: tmhash.Sum([]byte(name + " parts"))},
	}
}

func main() {
	key := secp256k1eth.GenPrivKeySecp256k1Eth([]byte("omg votes"))
	at := time.Unix(1_790_000_000, 123_456_789).UTC()
	one := blockID("one", 1)
	samples := []struct {
		name string
		vote comet.Vote
	}{
		{"prevote", comet.Vote{Type: types.PrevoteType, Height: 7, BlockID: one, Timestamp: at}},
		{"precommit of another block", comet.Vote{Type: types.PrecommitType, Height: 7, BlockID: blockID("two", 1), Timestamp: at}},
		{"precommit of a later round", comet.Vote{Type: types.PrecommitType, Height: 7, Round: 3, BlockID: one, Timestamp: at}},
		{"other parts of one block", comet.Vote{Type: types.PrecommitType, Height: 7, Round: 3, BlockID: comet.BlockID{Hash: one.Hash, PartSetHeader: blockID("one", 2).PartSetHeader}, Timestamp: at}},
		{"prevote for nothing", comet.Vote{Type: types.PrevoteType, Height: 7, Timestamp: at}},
		{"precommit for nothing, later round", comet.Vote{Type: types.PrecommitType, Height: 7, Round: 1, Timestamp: at}},
		{"127 parts", comet.Vote{Type: types.PrecommitType, Height: 127, Round: 127, BlockID: blockID("many", 127), Timestamp: at}},
		{"128 parts", comet.Vote{Type: types.PrecommitType, Height: 128, Round: 128, BlockID: blockID("many", 128), Timestamp: at}},
		{"largest numbers", comet.Vote{Type: types.PrecommitType, Height: math.MaxInt64, Round: math.MaxInt32, BlockID: blockID("most", math.MaxUint32), Timestamp: time.Unix(253_402_300_799, 999_999_999).UTC()}},
		{"smallest numbers", comet.Vote{Type: types.PrevoteType, Height: 1, Timestamp: time.Unix(0, 0).UTC()}},
		{"whole second", comet.Vote{Type: types.PrevoteType, Height: 1, BlockID: one, Timestamp: time.Unix(127, 0).UTC()}},
		{"nanoseconds only", comet.Vote{Type: types.PrevoteType, Height: 1, BlockID: one, Timestamp: time.Unix(0, 128).UTC()}},
		{"before 1970", comet.Vote{Type: types.PrevoteType, Height: 1, BlockID: one, Timestamp: time.Unix(-1, 5).UTC()}},
		{"year 1", comet.Vote{Type: types.PrecommitType, Height: 1, BlockID: one, Timestamp: time.Time{}}},
	}
	out := file{Domain: domain{ethereum, rootChain}, ChainID: chainID, Signer: text(key.PubKey().Address())}
	votes := make([]*comet.Vote, 0, len(samples))
	for _, sample := range samples {
		vote := sample.vote
		vote.ValidatorAddress = key.PubKey().Address()
		bytes := comet.VoteSignBytes(chainID, vote.ToProto())
		signature, err := key.Sign(bytes)
		if err != nil {
			panic(err)
		}
		vote.Signature = signature
		if err := vote.ValidateBasic(); err != nil {
			panic(err)
		}
		if err := vote.Verify(chainID, key.PubKey()); err != nil {
			panic(err)
		}
		printed, err := cmtjson.Marshal(vote)
		if err != nil {
			panic(err)
		}
		digest := sha3.NewLegacyKeccak256()
		digest.Write(bytes)
		made := vector{
			Name: sample.name, Type: int32(vote.Type), Height: strconv.FormatInt(vote.Height, 10), Round: uint32(vote.Round),
			Seconds: strconv.FormatInt(vote.Timestamp.Unix(), 10), Nanos: uint32(vote.Timestamp.Nanosecond()),
			SignBytes: text(bytes), Digest: text(digest.Sum(nil)), Signature: text(signature), Printed: printed,
		}
		if !vote.BlockID.IsZero() {
			header := vote.BlockID.PartSetHeader
			made.Block = &block{Hash: text(vote.BlockID.Hash), PartsTotal: header.Total, PartsHash: text(header.Hash)}
		}
		out.Votes = append(out.Votes, made)
		votes = append(votes, &vote)
	}
	set := comet.NewValidatorSet([]*comet.Validator{comet.NewValidator(key.PubKey(), 10)})
	found, err := comet.NewDuplicateVoteEvidence(votes[2], votes[3], at, set)
	if err != nil {
		panic(err)
	}
	if out.Evidence, err = cmtjson.Marshal(comet.EvidenceList{found}); err != nil {
		panic(err)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(out); err != nil {
		panic(err)
	}
}
