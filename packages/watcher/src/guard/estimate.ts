/** Gas of each step of a standard exit, at its dearest (docs/benchmarks.md, Gas). */
export const EXIT_GAS = { start: 180_000n, process: 84_000n, withdraw: 33_000n } as const

export interface EstimateParameters {
  /** When an exit that starts now becomes exitable, in seconds: what the queue answers. */
  readonly exitableAt: bigint
  /** Exits that wait in the same queue. */
  readonly ahead: number
  /** What the start of an exit deposits now, in wei. */
  readonly bond: bigint
  /** Wei per gas. */
  readonly baseFee: bigint
  /** Chain time in seconds. */
  readonly now: bigint
}

export interface ExitEstimate {
  /** Earliest time at which the exit can be processed, in seconds. */
  readonly exitableAt: bigint
  readonly waitSeconds: bigint
  /** Exits of the same token in the queue; those of younger outputs are paid after this one. */
  readonly ahead: number
  /** Fees for starting, processing and withdrawing at the present base fee, in wei. Anybody may pay the last two. */
  readonly cost: bigint
  /** Paid at the start and returned with the exit unless it is challenged, in wei. */
  readonly bond: bigint
}

/** How long an exit that starts now will take, and what it costs (PROTOCOL section 6, queue key). */
export function estimateExit({ exitableAt, ahead, bond, baseFee, now }: EstimateParameters): ExitEstimate {
  const waitSeconds = exitableAt > now ? exitableAt - now : 0n
  const gas = EXIT_GAS.start + EXIT_GAS.process + EXIT_GAS.withdraw
  return { exitableAt, waitSeconds, ahead, cost: gas * baseFee, bond }
}
