import { rootChainError } from './error.ts'

/**
 * The numbers of the protocol that Ethereum enforces (docs/protocol.md, section 6). Times are seconds unless the name
 * says blocks. The constructor of RootChain asserts the inequalities between them; `checkParameters` names the first
 * one that is broken before any gas is spent.
 */
export interface Parameters {
  /** MFP: the shortest time from the start of an exit to its payment. */
  readonly minFinalizationPeriod: number
  /** Largest seasoning time `D` that a market may choose. */
  readonly maxSeasoning: number
  /** `Dk` in blob mode. */
  readonly blobSeasoning: number
  /** CW: how long after `t(S) + D` a settlement may still be revealed to convert an exit. */
  readonly conversionWindow: number
  /** Time an accused party has to answer. */
  readonly responseWindow: number
  /** W_f: how long after acceptance a checkpoint can be voided. */
  readonly fraudWindow: number
  /** U: from leaving the validator set to withdrawing the bond. */
  readonly unbondingDelay: number
  /** How long a replaced validator set may still sign. */
  readonly validatorSetOverlap: number
  /** Shortest time between two validator sets. */
  readonly epoch: number
  /** From the registration of a module to its first use. */
  readonly quarantine: number
  /** M: how old, in blocks, the origin of a checkpoint may be at submission. */
  readonly maxOriginAgeBlocks: number
  /** Upper estimate of the time between two Ethereum blocks. */
  readonly secondsPerBlock: number
  /** Blocks between the commitment to a fraud proof and its reveal. */
  readonly revealDelayBlocks: number
  readonly maxValidators: number
  /** Smallest bond of a validator, in OMG wei. */
  readonly minBond: bigint
  /** Gas that each bond pays for: bond = gas x max(base fee, floor). */
  readonly standardExitBondGas: number
  readonly inFlightExitBondGas: number
  readonly piggybackBondGas: number
  /** Base fee, in wei, below which bonds do not fall. */
  readonly bondBaseFeeFloor: bigint
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export const mainnetParameters: Parameters = {
  minFinalizationPeriod: 7 * DAY,
  maxSeasoning: 24 * HOUR,
  blobSeasoning: 15 * MINUTE,
  conversionWindow: 36 * HOUR,
  responseWindow: 48 * HOUR,
  fraudWindow: 6 * DAY,
  unbondingDelay: 21 * DAY,
  validatorSetOverlap: 2 * DAY,
  epoch: DAY,
  quarantine: 21 * DAY,
  maxOriginAgeBlocks: 300,
  // Slots of 12 seconds, of which every other one may be missed for an hour.
  secondsPerBlock: 24,
  revealDelayBlocks: 5,
  maxValidators: 100,
  minBond: 10_000n * 10n ** 18n,
  standardExitBondGas: 300_000,
  inFlightExitBondGas: 600_000,
  piggybackBondGas: 200_000,
  bondBaseFeeFloor: 1_000_000_000n,
}

/** Shortest MFP whose scaled windows still fit beside an origin of a few blocks. */
const SHORTEST_MFP_SECONDS = 16

export interface DevnetParameters {
  /** MFP in seconds, default 20. Everything else scales with it. */
  readonly minFinalizationPeriod?: number
}

/**
 * The mainnet parameters with every time scaled by one factor. Blocks of one second do not scale, so the age of an
 * origin gets what the inequality A7 leaves.
 */
export function devnetParameters({ minFinalizationPeriod = 20 }: DevnetParameters = {}): Parameters {
  if (minFinalizationPeriod < SHORTEST_MFP_SECONDS) {
    throw rootChainError('deployment.parameters', `minFinalizationPeriod >= ${SHORTEST_MFP_SECONDS} s`)
  }
  const scaled = (seconds: number) =>
    Math.max(1, Math.floor((seconds * minFinalizationPeriod) / mainnetParameters.minFinalizationPeriod))
  const maxSeasoning = scaled(mainnetParameters.maxSeasoning)
  const conversionWindow = scaled(mainnetParameters.conversionWindow)
  const responseWindow = scaled(mainnetParameters.responseWindow)
  const fraudWindow = scaled(mainnetParameters.fraudWindow)
  return {
    ...mainnetParameters,
    minFinalizationPeriod,
    maxSeasoning,
    blobSeasoning: scaled(mainnetParameters.blobSeasoning),
    conversionWindow,
    responseWindow,
    fraudWindow,
    unbondingDelay: 3 * minFinalizationPeriod,
    validatorSetOverlap: scaled(mainnetParameters.validatorSetOverlap),
    epoch: scaled(mainnetParameters.epoch),
    quarantine: 3 * minFinalizationPeriod,
    maxOriginAgeBlocks: Math.min(
      minFinalizationPeriod - maxSeasoning - conversionWindow - responseWindow,
      mainnetParameters.maxOriginAgeBlocks,
    ),
    secondsPerBlock: 1,
    minBond: 1_000n * 10n ** 18n,
  }
}

/** The rules of contracts/src/libraries/ParameterRules.sol, under the same names. */
const RULES: readonly (readonly [name: string, holds: (p: Parameters) => boolean])[] = [
  ['secondsPerBlock > 0', p => p.secondsPerBlock > 0],
  ['minFinalizationPeriod <= 365 days', p => p.minFinalizationPeriod <= 365 * DAY],
  ['epoch > 0', p => p.epoch > 0],
  ['maxOriginAgeBlocks > 0', p => p.maxOriginAgeBlocks > 0],
  ['maxOriginAgeBlocks <= 8191 (EIP-2935)', p => p.maxOriginAgeBlocks <= 8191],
  [
    'maxSeasoning + conversionWindow + responseWindow + maxOriginAge <= minFinalizationPeriod',
    p =>
      p.maxSeasoning + p.conversionWindow + p.responseWindow + p.maxOriginAgeBlocks * p.secondsPerBlock <=
      p.minFinalizationPeriod,
  ],
  [
    '2 * maxOriginAge < minFinalizationPeriod',
    p => 2 * p.maxOriginAgeBlocks * p.secondsPerBlock < p.minFinalizationPeriod,
  ],
  ['2 * responseWindow < minFinalizationPeriod', p => 2 * p.responseWindow < p.minFinalizationPeriod],
  ['blobSeasoning <= maxSeasoning', p => p.blobSeasoning <= p.maxSeasoning],
  ['fraudWindow < minFinalizationPeriod', p => p.fraudWindow < p.minFinalizationPeriod],
  ['revealDelay < fraudWindow', p => p.revealDelayBlocks * p.secondsPerBlock < p.fraudWindow],
  [
    'unbondingDelay >= 2 * minFinalizationPeriod + fraudWindow',
    p => p.unbondingDelay >= 2 * p.minFinalizationPeriod + p.fraudWindow,
  ],
  ['validatorSetOverlap <= minFinalizationPeriod', p => p.validatorSetOverlap <= p.minFinalizationPeriod],
  ['quarantine >= 3 * minFinalizationPeriod', p => p.quarantine >= 3 * p.minFinalizationPeriod],
  ['0 < maxValidators <= 128', p => p.maxValidators > 0 && p.maxValidators <= 128],
  ['minBond > 0', p => p.minBond > 0n],
  [
    'bonds > 0',
    p =>
      p.standardExitBondGas > 0 &&
      p.inFlightExitBondGas > 0 &&
      p.piggybackBondGas > 0 &&
      p.bondBaseFeeFloor > 0n,
  ],
]

/** @throws OmgError `deployment.parameters` naming the inequality that does not hold. */
export function checkParameters(parameters: Parameters): void {
  const broken = RULES.find(([, holds]) => !holds(parameters))
  if (broken) throw rootChainError('deployment.parameters', `the parameters break the rule: ${broken[0]}`)
}

/** What a checkpoint may hold whose origin is later than that of the block which made it. */
export interface LateOrigins {
  /** R7: Ethereum takes an inclusion for timely so long after `validUntil`, in seconds, and longer behind a pause: see `Checkpoint.timelyFrom`. */
  readonly maxOriginAgeSeconds: bigint
  /**
   * R6: an exit of what the checkpoint spends may have begun so many blocks before the origin, and no more. Then whoever shows the spend
   * to Ethereum has at least half of the time for it that any other checkpoint leaves of the first half of an exit (A15).
   */
  readonly answerableBlocks: bigint
}

export function lateOriginsOf(parameters: Parameters): LateOrigins {
  const { maxOriginAgeBlocks, secondsPerBlock, minFinalizationPeriod } = parameters
  const originAge = maxOriginAgeBlocks * secondsPerBlock
  const seconds = Math.floor((Math.floor(minFinalizationPeriod / 2) - originAge) / 2)
  return {
    maxOriginAgeSeconds: BigInt(originAge),
    answerableBlocks: BigInt(Math.floor(Math.max(0, seconds) / secondsPerBlock)),
  }
}
