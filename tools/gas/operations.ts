/**
 * What is measured, what it may cost, and what it cost before. Gas of whole transactions. A budget is half of what the
 * contracts of 2020 took, or less where the design asks for less; a checkpoint, which verified nothing then, has its own.
 */
export interface Operation {
  /** The contracts of 2020 for the nearest operation, as measured then. */
  readonly peer?: number
  /** `--check` fails above it. Without one the figure is only reported. */
  readonly budget?: number
  readonly note?: string
}

/** In the order of the table. */
export const OPERATIONS = {
  'deposit ETH': { peer: 130_000, budget: 65_000 },
  'deposit ERC-20': { peer: 130_000, note: 'the token itself takes about 25,000' },
  'deposit ERC-20 by permit': { note: 'with the approval in it' },
  'deposit ERC-721': {},
  'checkpoint, 4 signers': { peer: 72_000, budget: 110_000, note: 'that of 2020 verified no signature' },
  'checkpoint, 4 signers, old origin': { note: 'beyond 256 blocks: EIP-2935 instead of BLOCKHASH' },
  'checkpoint, 16 signers': {},
  'bond, a new validator': { note: 'with the proof of its signing key' },
  'vote on fees, the first time': { note: 'all numbers at once' },
  'vote on fees, changed': {},
  'start exit, deposit': { peer: 409_000, budget: 130_000 },
  'start exit, payment': { peer: 409_000, budget: 204_500, note: 'older than a week; proof of 16 siblings' },
  'start exit, fresh payment': { peer: 409_000, budget: 204_500, note: 'the first of its checkpoint' },
  'challenge exit': { peer: 233_000, budget: 116_500, note: 'by a payment that need not be included' },
  'challenge exit by an included payment': { note: 'proof of 16 siblings; those of 2020 took none' },
  'process exit, alone': { peer: 104_000 },
  'process exits, each of ten': { peer: 104_000, budget: 50_000 },
  'start in-flight exit': { peer: 551_000, budget: 275_500, note: 'one input, two outputs' },
  'start in-flight exit, swap': {
    peer: 551_000,
    budget: 275_500,
    note: 'two owners, two proofs of 16 siblings',
  },
  'piggyback, input': { peer: 335_000, budget: 167_500 },
  'piggyback, output': { peer: 335_000, budget: 167_500 },
  'challenge canonicity': {},
  'prove inclusion': {},
  'challenge piggyback': {},
  'withdraw ETH': {},
  'withdraw the bond': {},
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof OPERATIONS

/** One line of the table. */
export interface Measurement extends Operation {
  readonly operation: OperationName
  readonly gas: number
  /** gas / peer */
  readonly ratio?: number
  readonly ok: boolean
}

export function judge(operation: OperationName, gas: number): Measurement {
  const { peer, budget, note }: Operation = OPERATIONS[operation]
  return {
    operation,
    gas,
    ...(peer !== undefined && { peer, ratio: gas / peer }),
    ...(budget !== undefined && { budget }),
    ...(note !== undefined && { note }),
    ok: budget === undefined || gas <= budget,
  }
}
