import type { PublicClient } from 'viem'

/** How much to pay for a transaction, and when to pay more. Amounts in wei per gas. */
export interface FeeStrategy {
  /** The fee covers this share of the current base fee, in percent: 200 survives six full blocks in a row. */
  readonly baseFeePercent: bigint
  /** Lowest tip, whatever the node suggests. */
  readonly minimumTip: bigint
  /** Never pay more than this. A transaction that needs more waits. */
  readonly maximumFeePerGas: bigint
  /** A replacement pays this much more, in percent. Nodes refuse less than 10. */
  readonly bumpPercent: bigint
  /** Blocks without inclusion after which a transaction counts as stuck and is replaced. */
  readonly stuckAfterBlocks: bigint
}

export const defaultFeeStrategy: FeeStrategy = {
  baseFeePercent: 200n,
  minimumTip: 1_000_000n,
  maximumFeePerGas: 500_000_000_000n,
  bumpPercent: 25n,
  stuckAfterBlocks: 3n,
}

/** The two fees of EIP-1559, in wei per gas. */
export interface Fees {
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** What a transaction should offer in the current market, under the strategy's cap. */
export async function estimateFees(client: PublicClient, strategy: FeeStrategy): Promise<Fees> {
  const [block, suggestedTip] = await Promise.all([client.getBlock(), client.estimateMaxPriorityFeePerGas()])
  const tip = larger(suggestedTip, strategy.minimumTip)
  const fee = ((block.baseFeePerGas ?? 0n) * strategy.baseFeePercent) / 100n + tip
  return cap({ maxFeePerGas: fee, maxPriorityFeePerGas: tip }, strategy)
}

/**
 * The fees of a replacement: above the stuck ones by the bump, and not below the current market. Undefined when
 * the cap leaves no room for a bump that nodes accept.
 */
export function bumpFees(stuck: Fees, market: Fees, strategy: FeeStrategy): Fees | undefined {
  const raised = (fee: bigint) => (fee * (100n + strategy.bumpPercent) + 99n) / 100n
  const wanted = {
    maxFeePerGas: larger(raised(stuck.maxFeePerGas), market.maxFeePerGas),
    maxPriorityFeePerGas: larger(raised(stuck.maxPriorityFeePerGas), market.maxPriorityFeePerGas),
  }
  return wanted.maxFeePerGas > strategy.maximumFeePerGas ? undefined : cap(wanted, strategy)
}

function cap(fees: Fees, { maximumFeePerGas }: FeeStrategy): Fees {
  const maxFeePerGas = smaller(fees.maxFeePerGas, maximumFeePerGas)
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(fees.maxPriorityFeePerGas, maxFeePerGas) }
}

const larger = (a: bigint, b: bigint) => (a > b ? a : b)
const smaller = (a: bigint, b: bigint) => (a < b ? a : b)
