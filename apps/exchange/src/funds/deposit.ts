import { type Address, coinGuard, type Hash, OmgError, type OutputId, ZERO_ADDRESS } from '@omg/protocol'
import { rootChainAbi } from '@omg/rootchain'
import type { OmgClient, TradingBalance } from '@omg/sdk'
import { getAbiItem } from 'viem'
import { pageError } from '../error.ts'
import type { Deposit } from './transfer.ts'

/** What moves a transfer on: who signs, and what to do with money that arrived. */
export interface Tools {
  readonly owner: OmgClient
  moveToTrading(): Promise<void>
  /** The trading balance that money leaves. */
  balanceOf(token: Address): TradingBalance | undefined
}

/** Seconds of waiting after which it is asked again; nothing is lost by that. */
const PATIENCE_MS = 600_000

/** Takes a deposit one stage further. What it returns is kept before the next one begins. */
export async function advanceDeposit(
  deposit: Deposit,
  tools: Tools,
  keep: (part: Partial<Deposit>) => void,
): Promise<Partial<Deposit>> {
  const { owner } = tools
  switch (deposit.stage) {
    case 'sending':
      return send(deposit, owner, keep)
    case 'final':
      await owner.waitForOutput({ id: deposit.output!, timeout: PATIENCE_MS })
      return { stage: deposit.trade ? 'moving' : 'done' }
    case 'moving':
      await tools.moveToTrading()
      return { stage: 'done' }
    case 'done':
      return {}
  }
}

async function send(
  { token, amount, since }: Deposit,
  owner: OmgClient,
  keep: (part: Partial<Deposit>) => void,
): Promise<Partial<Deposit>> {
  const { ethereum } = await owner.rootChain()
  if (since !== undefined) {
    const found = await findDeposit(owner, { token, amount, since })
    if (found) return { ...found, stage: 'final' }
    throw pageError('deposit.unknown', 'It is not known whether the deposit was sent.')
  }
  keep({ since: await ethereum.getBlockNumber({ cacheTime: 0 }) })
  try {
    const made = await depositNow(owner, token, amount)
    return {
      stage: 'final',
      output: made.id,
      transaction: made.transactionHash as Hash,
      block: made.blockNumber,
    }
  } catch (error) {
    // Nothing was sent: the next attempt is a new one. Anything else may have been, and is looked for.
    if (isBeforeSending(error)) keep({ since: undefined })
    throw error
  }
}

/** ETH, or a token with a signature in place of a transaction that allows it; where the token has no such signature, with that. */
async function depositNow(owner: OmgClient, token: Address, amount: bigint) {
  if (token === ZERO_ADDRESS) return owner.deposit({ amount })
  try {
    return await owner.deposit({ token, amount, approval: 'permit' })
  } catch (error) {
    if (!(error instanceof OmgError) || error.code !== 'deposit.no_permit') throw error
    return owner.deposit({ token, amount })
  }
}

function isBeforeSending(error: unknown): boolean {
  if (error instanceof OmgError) return !/timeout|aborted|unreachable/.test(error.code)
  return /insufficient funds|exceeds the balance|reverted/i.test(String((error as Error)?.message))
}

const DEPOSITED = getAbiItem({ abi: rootChainAbi, name: 'Deposited' })

/** The first deposit of this owner, token and amount after a block of Ethereum. */
async function findDeposit(
  owner: OmgClient,
  wanted: { token: Address; amount: bigint; since: bigint },
): Promise<Pick<Deposit, 'output' | 'transaction' | 'block'> | undefined> {
  const { ethereum, deployment } = await owner.rootChain()
  const logs = await ethereum.getLogs({
    address: deployment.rootChain,
    event: DEPOSITED,
    fromBlock: wanted.since + 1n,
    strict: true,
  })
  const guard = coinGuard(owner.address())
  const found = logs.find(({ args }) => {
    const isSame = args.token.toLowerCase() === wanted.token && args.amount === wanted.amount
    return isSame && args.guard === guard
  })
  if (!found) return undefined
  return {
    output: found.args.outputId as OutputId,
    transaction: found.transactionHash as Hash,
    block: found.blockNumber,
  }
}
