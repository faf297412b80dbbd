package guard

import (
	"errors"
	"fmt"
	"math/rand"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/secp256k1eth"
	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
)

const chainID = "omg"

// chain is what a block store holds.
type chain struct {
	base    int64
	commits map[int64]*types.Commit
}

func newChain() *chain { return &chain{base: 1, commits: map[int64]*types.Commit{}} }

func (c *chain) Base() int64                           { return c.base }
func (c *chain) LoadBlockCommit(int64) *types.Commit   { return nil }
func (c *chain) LoadSeenCommit(at int64) *types.Commit { return c.commits[at] }
func (c *chain) decide(at int64, keys ...crypto.PrivKey) {
	block := types.BlockID{Hash: make([]byte, 32), PartSetHeader: types.PartSetHeader{Total: 1, Hash: make([]byte, 32)}}
	commit := &types.Commit{Height: at, BlockID: block}
	for _, key := range keys {
		commit.Signatures = append(commit.Signatures, types.CommitSig{
			BlockIDFlag: types.BlockIDFlagCommit, ValidatorAddress: key.PubKey().Address(), Timestamp: time.Unix(at, 0).UTC(),
		})
		last := len(commit.Signatures) - 1
		signature, err := key.Sign(commit.VoteSignBytes(chainID, int32(last)))
		if err != nil {
			panic(err)
		}
		commit.Signatures[last].Signature = signature
	}
	c.commits[at] = commit
}

// machine is a validator's folder with a guard before it.
type machine struct {
	file    *privval.FilePV
	guard   *Guard
	decided int64
}

func start(key crypto.PrivKey, folder string, commits Commits) *machine {
	file := privval.NewFilePV(key, filepath.Join(folder, "key.json"), filepath.Join(folder, "state.json"))
	return restart(file, commits)
}

func restart(file *privval.FilePV, commits Commits) *machine {
	m := &machine{file: file}
	m.guard = New(file, Own{Key: file}, chainID, log.NewNopLogger(), func() {})
	m.guard.Watch(commits, func(height int64) bool { return height <= m.decided })
	return m
}

// copied is the same folder somewhere else, as it is now.
func (m *machine) copied(t *testing.T, commits Commits) *machine {
	other := privval.NewFilePV(m.file.Key.PrivKey, filepath.Join(t.TempDir(), "key.json"), filepath.Join(t.TempDir(), "state.json"))
	last := m.file.LastSignState
	other.LastSignState.Height, other.LastSignState.Round, other.LastSignState.Step = last.Height, last.Round, last.Step
	other.LastSignState.Signature, other.LastSignState.SignBytes = last.Signature, last.SignBytes
	return restart(other, commits)
}

func (m *machine) vote(height int64) error {
	hash := make([]byte, 32)
	return m.guard.SignVote(chainID, &cmtproto.Vote{
		Type: cmtproto.PrevoteType, Height: height, Timestamp: time.Now(),
		BlockID: cmtproto.BlockID{Hash: hash, PartSetHeader: cmtproto.PartSetHeader{Total: 1, Hash: hash}},
	})
}

func isRestored(err error) bool { return err != nil && strings.Contains(err.Error(), CodeRestored) }

func want(t *testing.T, what string, err error, isRefused bool) {
	t.Helper()
	if isRestored(err) != isRefused || (err != nil && !isRefused) {
		t.Fatalf("%s: %v", what, err)
	}
}

func TestNothingIsSignedBeforeTheChainIsHere(t *testing.T) {
	file := privval.NewFilePV(secp256k1eth.GenPrivKey(), filepath.Join(t.TempDir(), "key"), filepath.Join(t.TempDir(), "state"))
	guard := New(file, Own{Key: file}, chainID, log.NewNopLogger(), nil)
	if err := guard.SignVote(chainID, &cmtproto.Vote{Type: cmtproto.PrevoteType, Height: 1}); !errors.Is(err, errNotReady) {
		t.Fatal(err)
	}
}

func TestWhoKeepsTheRecordVotesAfterEveryRestart(t *testing.T) {
	key, commits := secp256k1eth.GenPrivKey(), newChain()
	m := start(key, t.TempDir(), commits)
	for height := int64(1); height <= 20; height++ {
		want(t, "a height after the other", m.vote(height), false)
		commits.decide(height, key)
		if height%5 == 0 {
			m = restart(m.file, commits)
		}
	}
	// Others went on while it was away: there is no vote of it that it does not know.
	other := secp256k1eth.GenPrivKey()
	for height := int64(21); height <= 40; height++ {
		commits.decide(height, other)
	}
	want(t, "back after a while", restart(m.file, commits).vote(41), false)
}

func TestARestoredRecordWaits(t *testing.T) {
	key, commits := secp256k1eth.GenPrivKey(), newChain()
	m := start(key, t.TempDir(), commits)
	var backup *machine
	for height := int64(1); height <= 12; height++ {
		want(t, "before", m.vote(height), false)
		if height == 6 {
			backup = m.copied(t, commits)
		}
		commits.decide(height, key)
	}
	want(t, "the height at which the machine of before may have voted", backup.vote(13), true)
	want(t, "again, in the next round", backup.vote(13), true)
	commits.decide(13)
	want(t, "one more", backup.vote(14), true)
	commits.decide(14)
	want(t, "whoever was before has no vote here", backup.vote(15), false)
	commits.decide(15, key)
	want(t, "and goes on", backup.vote(16), false)
	want(t, "also after a restart", restart(backup.file, commits).vote(16), false)
}

func TestAnEmptyRecordWaitsToo(t *testing.T) {
	key, commits := secp256k1eth.GenPrivKey(), newChain()
	for height := int64(1); height <= 9; height++ {
		commits.decide(height, key)
	}
	fresh := start(key, t.TempDir(), commits)
	want(t, "begun anew", fresh.vote(10), true)
	commits.decide(10)
	commits.decide(11)
	want(t, "later", fresh.vote(12), false)
}

func TestASecondMachineVotesForNothingWhileTheFirstOneDoes(t *testing.T) {
	key, commits := secp256k1eth.GenPrivKey(), newChain()
	m := start(key, t.TempDir(), commits)
	want(t, "first", m.vote(1), false)
	commits.decide(1, key)
	second := m.copied(t, commits)
	want(t, "first", m.vote(2), false)
	commits.decide(2, key)
	for height := int64(3); height <= 40; height++ {
		want(t, "the second", second.vote(height), true)
		want(t, "the first", m.vote(height), false)
		commits.decide(height, key)
	}
	// The first one is switched off.
	commits.decide(41)
	commits.decide(42)
	want(t, "still", second.vote(42), true)
	commits.decide(43)
	want(t, "nobody else votes any more", second.vote(44), false)
}

func TestBlocksThatPeersHaveComeFirst(t *testing.T) {
	key, commits := secp256k1eth.GenPrivKey(), newChain()
	m := start(key, t.TempDir(), commits)
	want(t, "before", m.vote(1), false)
	commits.decide(1, key)
	backup := m.copied(t, commits)
	want(t, "before", m.vote(2), false)
	backup.decided = 2
	if err := backup.vote(2); !errors.Is(err, errBehind) {
		t.Fatal(err)
	}
	commits.decide(2, key)
	want(t, "when it is here, it tells", backup.vote(3), true)
}

func TestPeersThatBringNothingAreReportedOnce(t *testing.T) {
	m := start(secp256k1eth.GenPrivKey(), t.TempDir(), newChain())
	told := make(chan struct{}, 2)
	m.guard.onUnproven, m.guard.patience = func() { told <- struct{}{} }, time.Millisecond
	m.decided = 1_000_000
	for range 3 {
		if err := m.vote(1); !errors.Is(err, errBehind) {
			t.Fatal(err)
		}
	}
	<-told
	// Who is started again does not listen to them, and after the first signature nobody does.
	m.guard.onUnproven = nil
	want(t, "without regard", m.vote(1), false)
	m.guard.onUnproven = func() { t.Error("after a signature") }
	want(t, "after it", m.vote(2), false)
}

func TestASignatureThatIsMadeUpStopsNobody(t *testing.T) {
	key, commits := secp256k1eth.GenPrivKey(), newChain()
	m := start(key, t.TempDir(), commits)
	commits.decide(1, key)
	commits.commits[1].Signatures[0].Signature[3] ^= 1
	want(t, "a bad signature of ours", m.vote(2), false)
}

func TestCommitsThatWereDroppedAreNotAskedFor(t *testing.T) {
	key, commits := secp256k1eth.GenPrivKey(), newChain()
	for height := int64(1); height <= 5; height++ {
		commits.decide(height, key)
	}
	commits.base = 6
	m := start(key, t.TempDir(), commits)
	want(t, "nothing is known of before", m.vote(6), false)
}

func TestHeightsThatASignerWasAskedForAreKept(t *testing.T) {
	folder := t.TempDir()
	file := privval.NewFilePV(secp256k1eth.GenPrivKey(), filepath.Join(folder, "key"), filepath.Join(folder, "state"))
	file.Save()
	record := Asked{File: &file.LastSignState}
	record.Raise(7)
	record.Raise(5)
	again := privval.LoadFilePV(filepath.Join(folder, "key"), filepath.Join(folder, "state"))
	if height := (Asked{File: &again.LastSignState}).Height(); height != 7 {
		t.Fatalf("height %d", height)
	}
	if err := again.SignVote(chainID, &cmtproto.Vote{Type: cmtproto.PrecommitType, Height: 7, Round: 3}); err == nil {
		t.Fatal("a height that the signer may have signed was signed by CometBFT")
	}
}

// Whatever the moment of the copy, and whoever of both machines goes on, no height gets votes of both while commits show those of one.
func TestNoHeightHasVotesOfBoth(t *testing.T) {
	for seed := int64(0); seed < 15; seed++ {
		random := rand.New(rand.NewSource(seed))
		key, commits := secp256k1eth.GenPrivKey(), newChain()
		first := start(key, t.TempDir(), commits)
		copyAt := 1 + random.Int63n(15)
		// One height later there would be no commit that tells: what the guard cannot see.
		deadAt := copyAt + 2 + random.Int63n(15)
		var backup *machine
		for height := int64(1); height <= deadAt; height++ {
			want(t, fmt.Sprintf("seed %d", seed), first.vote(height), false)
			if height == copyAt {
				backup = first.copied(t, commits)
			}
			// Its last vote may not have got anywhere.
			if height < deadAt {
				commits.decide(height, key)
			}
		}
		backup.decided = deadAt - 1
		for height := copyAt + 1; height <= deadAt+4; height++ {
			err := backup.vote(height)
			if height <= deadAt && err == nil {
				t.Fatalf("seed %d: copied at %d, dead at %d, voted again at %d", seed, copyAt, deadAt, height)
			}
			if height == deadAt+4 && err != nil {
				t.Fatalf("seed %d: silent for ever: %v", seed, err)
			}
			if height >= deadAt {
				commits.decide(height)
			}
		}
	}
}
