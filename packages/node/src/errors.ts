import { OmgError } from '@omg/protocol'

/** Every error code of the node with what the caller can do. Codes of protocol and ledger pass through unchanged. */
export const NODE_ERRORS = {
  'mempool.full': 'Wait for the next block and send again, or pay a higher fee.',
  'mempool.duplicate': 'Nothing to do: the transaction is already known. Ask for it by its hash.',
  'mempool.conflict':
    'Wait for the other transaction, or replace it: same inputs and signers, fees at least 12.5 % higher.',
  'mempool.rate': 'Wait until some of your pending transactions are in a block, then send again.',
  'mempool.chain': 'Wait for the next block: too many unconfirmed transactions stand before this one.',
  'mempool.evicted': 'Send the transaction again with a higher fee.',
  'mempool.replaced': 'Nothing to do: a transaction with a higher fee took its place.',
  'deadman.unknown': 'Arm the switch with instructions: none of this id, and of this signer, is armed.',
  'deadman.instruction':
    'Arm with signed instructions that only take whole live orders of their signer back, all of one signer.',
  'deadman.lifetime':
    'Sign the instructions anew: they must be valid until the switch fires, two hours at most.',
  'deadman.full': 'Disarm a switch, or use another node.',
  'request.parse': 'Send valid JSON.',
  'request.invalid': 'Send what rpc.discover documents.',
  'request.method': 'Call one of the methods that rpc.discover lists.',
  'request.params': 'Send the parameters that rpc.discover documents.',
  'request.limit': 'Send less at once; the limits are in rpc.discover and in docs/operator.md.',
  'request.not_found': 'Check the id; if it is recent, ask again after the next block.',
  'request.pruned': 'Ask an archive node: this one keeps only what exits of unspent outputs need.',
  'subscription.slow': 'Reconnect, resume from the last height you saw, and read faster.',
  'node.stopped': 'Wait for the operator to restart the node.',
  'node.halted': 'Stop: the chain contradicts Ethereum. Follow docs/operator.md, "Halted".',
  'node.syncing': 'Wait until the node has caught up.',
  'node.port_taken': 'Stop the other program on this port, or choose another with --port.',
  'node.internal': 'Report this with the log of the node.',
  'node.stalled': 'See the alarm for the cause; the node tries again by itself.',
  'engine.missing':
    'Install Go from https://go.dev/dl and run `node tools/setup.mjs --go`, or name the program in consensus.program. On one validator consensus.engine: solo needs nothing.',
  'engine.frame':
    'Nothing to do if it was a probe: only CometBFT speaks on this socket. If CometBFT did, compare its version with ours.',
  'engine.proposal':
    'Nothing to do for one; if all of them are, compare versions and settings with those of the other validators.',
  'engine.ended': 'See the last lines of CometBFT in the log; it is started again by itself.',
  'engine.genesis':
    'Use the genesis of this network (consensus.genesis), and a data folder that was made with it.',
  'engine.state_sync':
    "Name other servers: CometBFT's RPC of two nodes that are run by different people, and open to this one.",
  'engine.parameters':
    'Put the upgrades of this network into consensus.upgrades, the same on every node, and start again. docs/validators.md, "Upgrades by height".',
  'engine.quorum':
    'See which validators are up: more than 2/3 of the power must vote. The chain goes on by itself when they are back.',
  'config.invalid': 'Correct the setting and start again; `omg config` shows the effective configuration.',
  'store.corrupt': 'Check the disk, then restore the data directory from a backup or from another node.',
  'store.locked': 'Stop the other node, or start this one with another data directory.',
  'store.full': 'Free space on the disk of the data directory. The node resumes by itself.',
  'store.unavailable': 'Check the disk and the permissions of the data directory, then restart the node.',
  'store.mismatch': 'Use the data directory that belongs to this deployment, or start with an empty one.',
  'store.behind': 'Free space on the disk of the data directory. The log is complete; nothing is lost.',
  'checkpoint.late':
    'Bring the submitter back at once: check its balance, its fees and the Ethereum endpoint. Past the limit the chain waits for a renewal: docs/consensus.md.',
  'checkpoint.unpublished':
    'Nothing is lost: markets with seasoning wait as in plasma mode. Check the blob fee, checkpoint.blobFeeGwei and the endpoint.',
  'proposal.time':
    'Check the clocks of the validators; a proposal that is wrong costs its proposer the round.',
  'proposal.parameters':
    'Compare consensus.upgrades of the validators: they must be the same. docs/validators.md, "Upgrades by height".',
  'proposal.limits': 'Look at the proposer: its block holds more than the chain allows at this height.',
  'proposal.seal': 'Look at the proposer: it made up a signature of another validator.',
  'proposal.closing': 'Compare the checkpoint settings of the validators: they must close checkpoints alike.',
  'proposal.origin':
    'Nothing to do for one; where checkpoints are stranded, see docs/consensus.md, "A long stop".',
  'proposal.data_mode': 'Set checkpoint.dataMode alike for all validators.',
  'signer.equivocation':
    'Stop this validator: its chain differs from what its key has signed. Compare it with other nodes; docs/validators.md, "Signatures for checkpoints".',
  'signer.regression':
    'Stop: this data directory is older than what its key has signed. docs/validators.md, "Signatures for checkpoints".',
  'signer.restored':
    'Make sure that no other machine has this key. It votes again by itself two blocks on; docs/validators.md, "After a restore".',
  'signer.record': 'Check the disk; the file that says what was signed must be there, whole and writable.',
  'signer.unavailable':
    'Start the signer (omg validator sign), or check its socket. Blocks go on; this node signs again when it is back.',
  'signer.chain':
    'Start the signer with the deployment of this network, and the node with a signer of its own.',
  'signer.message':
    'Compare the version of CometBFT with ours; an honest one asks for nothing else than votes and proposals.',
  'engine.evidence':
    'Nothing is lost: it is tried again. Check the Ethereum endpoint and the balance of the submitter key.',
  'snapshot.late':
    'Stop, empty the data directory but for signed-checkpoints and cometbft/data/priv_validator_state.json, and start again.',
  'snapshot.invalid':
    'Nothing to do: the snapshot of another peer is tried. If none is left, sync from the first block.',
  'ethereum.unavailable': 'Check the Ethereum endpoint. The chain goes on without new deposits meanwhile.',
  'ethereum.inconsistent': 'Use another Ethereum endpoint: this one contradicts itself or leaves out events.',
  'ethereum.reorg':
    'Stop: a block deeper than the finality depth was replaced. Follow docs/operator.md, "Halted".',
  'fee.token': 'Pay fees in one of the tokens that omg_getParameters lists.',
} as const

/** A code that the node itself returns. */
export type NodeErrorCode = keyof typeof NODE_ERRORS

/** An error of the node, with the action that belongs to its code. */
export function nodeError(code: NodeErrorCode, message: string, cause?: unknown): OmgError {
  return new OmgError(code, message, NODE_ERRORS[code], cause === undefined ? undefined : { cause })
}
