/** What a validator does wrong: see validator.ts. */
export type Fault =
  | 'withholds-extensions'
  | 'garbage-extensions'
  | 'garbage-bundles'
  | 'invalid-proposals'
  | 'lies-about-batches'
  | 'two-headers'
  | 'clock-behind'
  | `dies-${Moment}-${ProposerStep}`

/** A crash before a step is taken, or when it is done and nobody has been told. */
export const MOMENTS = ['before', 'after'] as const
export type Moment = (typeof MOMENTS)[number]

/** What a proposer does for its own block, in this order; it verifies the extensions of the others. */
export const PROPOSER_STEPS = [
  'prepareProposal',
  'processProposal',
  'extendVote',
  'verifyVoteExtension',
  'finalizeBlock',
  'commit',
] as const
export type ProposerStep = (typeof PROPOSER_STEPS)[number]

/** A snapshot every so many checkpoints: often enough that a test need not wait, and kept long enough to be taken over. */
export const SNAPSHOT_CHECKPOINTS = 8n
