// Package guard keeps a validator's key from voting twice when the record of its votes is older than its votes: restored from a backup,
// copied with a machine, or begun anew. CometBFT takes its record for the truth, and so do signers.
//
// The chain knows better. Whoever has signed a precommit writes that down before it leaves, so a commit above the height of the record
// cannot hold a precommit of ours, unless the record is old, or another machine has the key. Three rules follow, docs/validators.md has
// the argument:
//
//  1. before its first signature this process signs nothing of a height that a peer says is decided: what is not here yet cannot be judged;
//  2. a precommit of ours in a commit above the record stops every signature up to one height above the one that is asked for;
//  3. that goes on for as long as such precommits come: then another machine is voting with this key.
package guard

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/libs/log"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
)

const (
	// Lookback is how many commits are searched. A key whose last vote is further back than this has long stopped voting at the tip.
	Lookback = 10_000
	// margin of heights above the one that is asked for: the furthest node of the network may be no peer of ours.
	margin = 1
	// Patience with peers that say a height is decided and do not bring it.
	Patience = 30 * time.Second

	// CodeRestored is told with refusals of rules 2 and 3, with `until`, the last height that is not signed.
	CodeRestored = "signer.restored"
)

var (
	errNotReady = errors.New("the chain is not here yet")
	errBehind   = errors.New("a peer has a later block; it is waited for before anything is signed")
)

// Commits are those of the block store.
type Commits interface {
	Base() int64
	LoadBlockCommit(height int64) *types.Commit
	LoadSeenCommit(height int64) *types.Commit
}

// Record says how far was signed, by what is on disk.
type Record interface {
	Height() int64
	// Raise is called before a signature of a height. It is on disk when this returns.
	Raise(height int64)
}

// Guard asks the signer behind it for what may be signed. It is safe for use by many goroutines.
type Guard struct {
	signer  types.PrivValidator
	record  Record
	logger  log.Logger
	chainID string
	// onUnproven is called when peers have not brought for as long as Patience what they say they have.
	onUnproven func()
	patience   time.Duration

	mutex     sync.Mutex
	commits   Commits
	isDecided func(height int64) bool
	hasSigned bool
	// waiting is the height that peers say is decided.
	waiting int64
	timer   *time.Timer
	// searched up to here. The last commit is looked at again when it stands in a block: it may hold more then.
	searched int64
	// until is the last height that is not signed.
	until int64
}

var _ types.PrivValidator = (*Guard)(nil)

// New signs nothing before Watch. onUnproven may be nil: then what peers say does not count.
func New(signer types.PrivValidator, record Record, chainID string, logger log.Logger, onUnproven func()) *Guard {
	return &Guard{
		signer: signer, record: record, chainID: chainID, logger: logger,
		onUnproven: onUnproven, patience: Patience,
	}
}

// Watch is told where the chain stands here, and whether a peer says that a height is decided.
func (g *Guard) Watch(commits Commits, isDecided func(height int64) bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.commits, g.isDecided = commits, isDecided
}

// GetPubKey is the signer's.
func (g *Guard) GetPubKey() (crypto.PubKey, error) {
	return g.signer.GetPubKey()
}

// SignVote signs a vote that the rules allow.
func (g *Guard) SignVote(chainID string, vote *cmtproto.Vote) error {
	return g.guarded(vote.Height, func() error { return g.signer.SignVote(chainID, vote) })
}

// SignProposal signs a proposal that the rules allow.
func (g *Guard) SignProposal(chainID string, proposal *cmtproto.Proposal) error {
	return g.guarded(proposal.Height, func() error { return g.signer.SignProposal(chainID, proposal) })
}

func (g *Guard) guarded(height int64, sign func() error) error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if err := g.allow(height); err != nil {
		return err
	}
	g.record.Raise(height)
	if err := sign(); err != nil {
		return err
	}
	g.hasSigned = true
	g.stopWaiting()
	return nil
}

func (g *Guard) allow(height int64) error {
	if g.commits == nil {
		return errNotReady
	}
	if !g.hasSigned && g.onUnproven != nil && g.isDecided(height) {
		g.wait(height)
		return errBehind
	}
	g.stopWaiting()
	recorded := g.record.Height()
	if height <= recorded {
		// The record itself judges what is not above it.
		return nil
	}
	found, err := g.search(recorded, height)
	if err != nil {
		return err
	}
	if found > 0 {
		g.until = height + margin
		g.logger.Error(
			"The chain has a vote of this key that its record does not know: nothing is signed",
			"code", CodeRestored, "vote", found, "recorded", recorded, "until", g.until,
		)
	}
	if height <= g.until {
		return fmt.Errorf("%s: nothing is signed up to height %d", CodeRestored, g.until)
	}
	return nil
}

// search finds the newest height above the record, and below the one that is asked for, whose commit holds a precommit of ours; 0: none.
func (g *Guard) search(recorded, height int64) (int64, error) {
	lowest := max(recorded+1, g.searched+1, height-Lookback, g.commits.Base())
	if lowest >= height {
		return 0, nil
	}
	key, err := g.signer.GetPubKey()
	if err != nil {
		return 0, fmt.Errorf("the signer does not tell its key: %w", err)
	}
	for at := height - 1; at >= lowest; at-- {
		if g.signs(key, g.commits.LoadBlockCommit(at)) || g.signs(key, g.commits.LoadSeenCommit(at)) {
			g.searched = max(at, height-2)
			return at, nil
		}
	}
	g.searched = max(g.searched, height-2)
	return 0, nil
}

// signs says whether a commit holds a signature of the key: the newest one may come from a peer that made it up.
func (g *Guard) signs(key crypto.PubKey, commit *types.Commit) bool {
	if commit == nil {
		return false
	}
	address := key.Address().String()
	for i, entry := range commit.Signatures {
		if entry.BlockIDFlag == types.BlockIDFlagAbsent || entry.ValidatorAddress.String() != address {
			continue
		}
		return key.VerifySignature(commit.VoteSignBytes(g.chainID, int32(i)), entry.Signature)
	}
	return false
}

// wait gives peers a while to bring the block that they say they have. Whoever lies must not silence us for ever.
func (g *Guard) wait(height int64) {
	if g.waiting == height {
		return
	}
	g.stopWaiting()
	g.waiting = height
	g.timer = time.AfterFunc(g.patience, func() {
		g.mutex.Lock()
		isUnproven := g.waiting == height && !g.hasSigned
		g.mutex.Unlock()
		if isUnproven {
			g.onUnproven()
		}
	})
}

func (g *Guard) stopWaiting() {
	if g.timer != nil {
		g.timer.Stop()
	}
	g.waiting, g.timer = 0, nil
}
