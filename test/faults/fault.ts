/** What a validator does wrong: see validator.ts. */
export type Fault =
  | 'withholds-extensions'
  | 'garbage-extensions'
  | 'garbage-bundles'
  | 'invalid-proposals'
  | 'two-headers'
  | 'clock-behind'
  | 'disk-full'
  | `dies-in-${ProposerStep}`

/** What a proposer does for its own block, in this order. */
export const PROPOSER_STEPS = [
  'prepareProposal',
  'processProposal',
  'extendVote',
  'finalizeBlock',
  'commit',
] as const
export type ProposerStep = (typeof PROPOSER_STEPS)[number]

/** A snapshot every so many checkpoints: often enough that a test need not wait, and kept long enough to be taken over. */
export const SNAPSHOT_CHECKPOINTS = 8n
