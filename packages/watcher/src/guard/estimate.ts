/** Gas of each step of an exit, in gas units, as measured by the contracts' snapshot and rounded up. */
export interface ExitGas {
  readonly start: bigint
  readonly process: bigint
  readonly withdraw: bigint
}

export interface EstimateParameters {
  readonly kind: 'deposit' | 'transaction'
  /** When the checkpoint of the output was accepted, in seconds; unused for a deposit. */
  readonly checkpointAcceptedAt: bigint
  /** Chain time in seconds. */
  readonly now: bigint
  /** MFP in seconds. */
  readonly minFinalizationPeriod: bigint
  /** Width of the buckets of the queue in seconds: an exit is paid when its bucket is over. */
  readonly bucketSeconds: bigint
  /** Exits of the same token that are paid before this one. */
  readonly ahead: number
  readonly gas: ExitGas
  readonly bondGas: bigint
  /** Wei per gas. */
  readonly baseFee: bigint
  readonly baseFeeFloor: bigint
}

export interface ExitEstimate {
  /** Earliest time at which the exit can be processed, in seconds. */
  readonly exitableAt: bigint
  /** When the queue lets it through, in seconds. */
  readonly payableAt: bigint
  readonly waitSeconds: bigint
  /** Exits of the same token that are paid before this one. */
  readonly ahead: number
  /** Fees for starting, processing and withdrawing at the present base fee, in wei. */
  readonly cost: bigint
  /** Paid at the start and returned with the exit unless it is challenged, in wei. */
  readonly bond: bigint
}

/** How long an exit started now will take and what it costs. Rule: PROTOCOL section 6, queue key. */
export function estimateExit(parameters: EstimateParameters): ExitEstimate {
  const {
    kind,
    now,
    minFinalizationPeriod,
    checkpointAcceptedAt,
    bucketSeconds,
    gas,
    baseFee,
    baseFeeFloor,
  } = parameters
  const byStart = now + minFinalizationPeriod
  const byCheckpoint = kind === 'deposit' ? 0n : checkpointAcceptedAt + 2n * minFinalizationPeriod
  const exitableAt = larger(byStart, byCheckpoint)
  const payableAt = ceilTo(exitableAt, bucketSeconds)
  return {
    exitableAt,
    payableAt,
    waitSeconds: payableAt - now,
    ahead: parameters.ahead,
    cost: (gas.start + gas.process + gas.withdraw) * baseFee,
    bond: parameters.bondGas * larger(baseFee, baseFeeFloor),
  }
}

function larger(a: bigint, b: bigint): bigint {
  if (a < b) return b
  return a
}

function ceilTo(value: bigint, step: bigint): bigint {
  return step <= 1n ? value : ((value + step - 1n) / step) * step
}
