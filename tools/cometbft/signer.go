package main

import (
	"fmt"
	"os"
	"time"

	cfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/consensus"
	cstypes "github.com/cometbft/cometbft/consensus/types"
	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/types"

	"omg.network/tools/cometbft/guard"
)

const (
	// exitUnproven is what it ends with when peers have not brought the blocks that they say they have.
	exitUnproven = 17
	// hearsay set to "ignore" starts it without regard to what peers say: the next start after that end.
	hearsay = "OMG_HEARSAY"
)

// How often a signer is asked again, as CometBFT does it.
const (
	signerRetries = 50
	signerPause   = 100 * time.Millisecond
)

// guardedSigner is the key of this folder, or the signer that comes to it, behind the guard.
func guardedSigner(
	config *cfg.Config, key *p2p.NodeKey, genesis node.GenesisDocProvider, logger log.Logger,
) (*guard.Guard, error) {
	document, err := genesis()
	if err != nil {
		return nil, err
	}
	onUnproven := func() {
		logger.Error("Peers have not brought the block that they say they have: starting again without regard to it")
		os.Exit(exitUnproven)
	}
	if os.Getenv(hearsay) == "ignore" {
		onUnproven = nil
	}
	own := privval.LoadOrGenFilePV(config.PrivValidatorKeyFile(), config.PrivValidatorStateFile())
	if config.PrivValidatorListenAddr == "" {
		return guard.New(own, guard.Own{Key: own}, document.ChainID, logger, onUnproven), nil
	}
	signer, err := remoteSigner(config.PrivValidatorListenAddr, document.ChainID, key, logger)
	if err != nil {
		return nil, fmt.Errorf("error with private validator socket client: %w", err)
	}
	return guard.New(signer, guard.Asked{File: &own.LastSignState}, document.ChainID, logger, onUnproven), nil
}

// remoteSigner is what CometBFT makes of its setting priv_validator_laddr (node/setup.go of v0.40.0).
func remoteSigner(address, chainID string, key *p2p.NodeKey, logger log.Logger) (types.PrivValidator, error) {
	endpoint, err := privval.NewSignerListenerFromAddr(address, key.PrivKey, logger)
	if err != nil {
		return nil, fmt.Errorf("failed to start private validator: %w", err)
	}
	client, err := privval.NewSignerClient(endpoint, chainID)
	if err != nil {
		return nil, fmt.Errorf("failed to start private validator: %w", err)
	}
	if _, err = client.GetPubKey(); err != nil {
		return nil, fmt.Errorf("can't get pubkey: %w", err)
	}
	return privval.NewRetrySignerClient(client, signerRetries, signerPause), nil
}

// isDecided says whether a peer tells that it has decided a height.
func isDecided(network p2p.Switcher, height int64) bool {
	found := false
	network.Peers().ForEach(func(peer p2p.Peer) {
		state, ok := peer.Get(types.PeerStateKey).(*consensus.PeerState)
		if !ok {
			return
		}
		at := state.GetRoundState()
		if at.Height > height || (at.Height == height && at.Step >= cstypes.RoundStepCommit) {
			found = true
		}
	})
	return found
}
