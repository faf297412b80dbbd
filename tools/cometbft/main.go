// Command cometbft is CometBFT's own program, command for command, with another client for an application behind
// a socket (package client says why). Applications within the program, as `kvstore`, and those behind gRPC get
// what CometBFT gives them.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	cmd "github.com/cometbft/cometbft/cmd/cometbft/commands"
	"github.com/cometbft/cometbft/cmd/cometbft/commands/debug"
	cfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/libs/cli"
	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/proxy"

	"omg.network/tools/cometbft/client"
)

// The commands of CometBFT's cmd/cometbft/main.go.
func main() {
	root := cmd.RootCmd
	root.AddCommand(
		cmd.GenValidatorCmd,
		cmd.InitFilesCmd,
		cmd.LightCmd,
		cmd.ReplayCmd,
		cmd.ReplayConsoleCmd,
		cmd.ResetAllCmd,
		cmd.ResetPrivValidatorCmd,
		cmd.ResetStateCmd,
		cmd.ShowValidatorCmd,
		cmd.TestnetFilesCmd,
		cmd.ShowNodeIDCmd,
		cmd.ReIndexEventCmd,
		cmd.GenNodeKeyCmd,
		cmd.VersionCmd,
		cmd.RollbackStateCmd,
		cmd.CompactGoLevelDBCmd,
		cmd.InspectCmd,
		debug.DebugCmd,
		cli.NewCompletionCmd(root, true),
		cmd.NewRunNodeCmd(newNode),
	)
	home := os.ExpandEnv(filepath.Join("$HOME", cfg.DefaultCometDir))
	if err := cli.PrepareBaseCmd(root, "CMT", home).Execute(); err != nil {
		panic(err)
	}
}

// newNode is CometBFT's DefaultNewNode but for the client, and for the guard before the key.
func newNode(config *cfg.Config, logger log.Logger) (*node.Node, error) {
	key, err := p2p.LoadOrGenNodeKey(config.NodeKeyFile())
	if err != nil {
		return nil, fmt.Errorf("failed to load or gen node key %s: %w", config.NodeKeyFile(), err)
	}
	genesis := node.DefaultGenesisDocProviderFunc(config)
	guarded, err := guardedSigner(config, key, genesis, logger)
	if err != nil {
		return nil, err
	}
	// The guard asks the signer, so the node is to ask nobody else.
	settings := *config
	settings.PrivValidatorListenAddr = ""
	made, err := node.NewNode(
		&settings,
		guarded,
		key,
		clients(config),
		genesis,
		cfg.DefaultDBProvider,
		node.DefaultMetricsProvider(config.Instrumentation),
		logger,
	)
	if err != nil {
		return nil, err
	}
	guarded.Watch(made.BlockStore(), func(height int64) bool { return isDecided(made.Switch(), height) })
	return made, nil
}

// clients makes ours for the address of a socket, and otherwise CometBFT's.
func clients(config *cfg.Config) proxy.ClientCreator {
	if config.ABCI == "socket" && strings.Contains(config.ProxyApp, "://") {
		return client.Creator(config.ProxyApp)
	}
	return proxy.DefaultClientCreator(config.ProxyApp, config.ABCI, config.DBDir())
}
