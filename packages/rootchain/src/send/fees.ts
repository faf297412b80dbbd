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
  /** Offered at least: what is paid is the block's own price, which may double within a few blocks. */
  readonly minimumFeePerBlobGas: bigint
  /** Never pay more than this per blob gas. */
  readonly maximumFeePerBlobGas: bigint
  /** The same for a transaction with blobs. Nodes refuse less than 100. */
  readonly blobBumpPercent: bigint
  /** Blocks without inclusion after which a transaction counts as stuck and is replaced. */
  readonly stuckAfterBlocks: bigint
}

export const defaultFeeStrategy: FeeStrategy = {
  baseFeePercent: 200n,
  minimumTip: 1_000_000n,
  maximumFeePerGas: 500_000_000_000n,
  bumpPercent: 25n,
  minimumFeePerBlobGas: 1_000_000_000n,
  maximumFeePerBlobGas: 1_000_000_000_000n,
  blobBumpPercent: 100n,
  stuckAfterBlocks: 3n,
}

/** The two fees of EIP-1559, in wei per gas, and for a transaction with blobs that of EIP-4844, in wei per blob gas. */
export interface Fees {
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly maxFeePerBlobGas?: bigint
}

/** What a transaction should offer in the current market, with blobs or without, under the strategy's cap. */
export async function estimateFees(
  client: PublicClient,
  strategy: FeeStrategy,
  hasBlobs = false,
): Promise<Fees> {
  const [block, suggestedTip, blobFee] = await Promise.all([
    client.getBlock(),
    client.estimateMaxPriorityFeePerGas(),
    hasBlobs ? client.getBlobBaseFee() : undefined,
  ])
  const tip = larger(suggestedTip, strategy.minimumTip)
  const fee = ((block.baseFeePerGas ?? 0n) * strategy.baseFeePercent) / 100n + tip
  const fees = { maxFeePerGas: fee, maxPriorityFeePerGas: tip }
  if (blobFee === undefined) return cap(fees, strategy)
  const maxFeePerBlobGas = larger((blobFee * strategy.baseFeePercent) / 100n, strategy.minimumFeePerBlobGas)
  return cap({ ...fees, maxFeePerBlobGas }, strategy)
}

/**
 * The fees of a replacement: above the stuck ones by the bump, and not below the current market. Undefined when
 * the cap leaves no room for a bump that nodes accept.
 */
export function bumpFees(stuck: Fees, market: Fees, strategy: FeeStrategy): Fees | undefined {
  const percent = stuck.maxFeePerBlobGas === undefined ? strategy.bumpPercent : strategy.blobBumpPercent
  const raised = (fee: bigint) => (fee * (100n + percent) + 99n) / 100n
  const wanted = {
    maxFeePerGas: larger(raised(stuck.maxFeePerGas), market.maxFeePerGas),
    maxPriorityFeePerGas: larger(raised(stuck.maxPriorityFeePerGas), market.maxPriorityFeePerGas),
  }
  if (wanted.maxFeePerGas > strategy.maximumFeePerGas) return undefined
  if (stuck.maxFeePerBlobGas === undefined) return cap(wanted, strategy)
  const maxFeePerBlobGas = larger(raised(stuck.maxFeePerBlobGas), market.maxFeePerBlobGas ?? 0n)
  if (maxFeePerBlobGas > strategy.maximumFeePerBlobGas) return undefined
  return cap({ ...wanted, maxFeePerBlobGas }, strategy)
}

function cap(fees: Fees, { maximumFeePerGas, maximumFeePerBlobGas }: FeeStrategy): Fees {
  const maxFeePerGas = smaller(fees.maxFeePerGas, maximumFeePerGas)
  const capped = { maxFeePerGas, maxPriorityFeePerGas: smaller(fees.maxPriorityFeePerGas, maxFeePerGas) }
  if (fees.maxFeePerBlobGas === undefined) return capped
  return { ...capped, maxFeePerBlobGas: smaller(fees.maxFeePerBlobGas, maximumFeePerBlobGas) }
}

const larger = (a: bigint, b: bigint) => (a > b ? a : b)
const smaller = (a: bigint, b: bigint) => (a < b ? a : b)
