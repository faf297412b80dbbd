import { OmgError, type OutputId } from '@omg/protocol'
import { type ExitView, type Payment, PaymentUnknownError } from '@omg/sdk'
import { pageError } from '../error.ts'
import type { Tools } from './deposit.ts'
import type { Withdrawal } from './transfer.ts'

/** Between two looks at an exit, in milliseconds. */
const LOOK_MS = 1_000
/** A wait that takes longer is begun again: nothing is lost by that. */
const PATIENCE_MS = 600_000
/** How often the queue is processed before somebody is told: each time pays twenty exits that came before. */
const MAX_ROUNDS = 10

/** Takes a withdrawal one stage further. What it returns is kept before the next one begins. */
export async function advanceWithdrawal(
  withdrawal: Withdrawal,
  tools: Tools,
  keep: (part: Partial<Withdrawal>) => void,
): Promise<Partial<Withdrawal>> {
  const { owner } = tools
  switch (withdrawal.stage) {
    case 'paying':
      return pay(withdrawal, tools)
    case 'committing': {
      const hash = withdrawal.payment!
      try {
        const receipt = await owner.waitForReceipt({
          ...{ hash, until: 'committed', timeout: PATIENCE_MS },
          onStatus: ({ checkpoint }) => checkpoint !== undefined && keep({ checkpoint }),
        })
        return { stage: 'starting', checkpoint: receipt.checkpoint }
      } catch (error) {
        // A rejected payment moved nothing, so another one may take its place.
        if (codeOf(error) === 'receipt.rejected')
          keep({ stage: 'paying', payment: undefined, output: undefined })
        throw error
      }
    }
    case 'starting': {
      const id = withdrawal.output!
      const known = await exitOf(tools, id)
      if (known) return { stage: 'waiting', exitableAt: known.exitableAt }
      const { exitableAt, transactionHash } = await owner.startExit({ id })
      return { stage: 'waiting', exitableAt, started: transactionHash as Withdrawal['started'] }
    }
    case 'waiting':
      for (;;) {
        const exit = await exitOf(tools, withdrawal.output!)
        if (exit && exit.status !== 'waiting') return { stage: 'processing' }
        await new Promise(resolve => setTimeout(resolve, LOOK_MS))
      }
    case 'processing':
      return processQueue(withdrawal, tools)
    case 'claiming': {
      const exit = await exitOf(tools, withdrawal.output!)
      if (exit?.status === 'done') return { stage: 'done' }
      const { transactionHash } = await owner.claim({ id: withdrawal.output! })
      return { stage: 'done', paid: transactionHash }
    }
    case 'done':
      return {}
  }
}

/** A coin of exactly what leaves: out of the trading balance, or paid to oneself. */
async function pay(
  { source, token, amount }: Withdrawal,
  { owner, balanceOf }: Tools,
): Promise<Partial<Withdrawal>> {
  const next = ({ hash, outputs }: Payment): Partial<Withdrawal> => {
    return { stage: 'committing', payment: hash, output: outputs[0]!.id as OutputId }
  }
  try {
    if (source === 'coin')
      return next(await owner.pay({ to: owner.address(), token, amount, finality: 'fast' }))
    const balance = balanceOf(token)
    const closing = { token, amount, finality: 'fast', ...(balance && { balance }) } as const
    return next((await owner.closeTradingBalance(closing)).payment)
  } catch (error) {
    // It may have arrived: whether it did is what the next stage waits for.
    if (error instanceof PaymentUnknownError) return next(error.payment)
    throw error
  }
}

async function processQueue({ output, token }: Withdrawal, tools: Tools): Promise<Partial<Withdrawal>> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const exit = await exitOf(tools, output!)
    switch (exit?.status) {
      case 'claimable':
        return { stage: 'claiming' }
      case 'done':
        return { stage: 'done' }
      case 'ready':
        await tools.owner.processExits({ token })
        break
      case 'challenged':
      case 'dropped':
        throw pageError('exit.refused', `Ethereum did not pay this withdrawal: ${exit.text}`)
      default:
        await new Promise(resolve => setTimeout(resolve, LOOK_MS))
    }
  }
  throw pageError('exit.queue', 'Many withdrawals come before this one.')
}

/** The exit of an output; undefined if none was started. */
async function exitOf({ owner }: Tools, id: OutputId): Promise<ExitView | undefined> {
  try {
    return await owner.getExit({ id })
  } catch (error) {
    if (codeOf(error) === 'exit.unknown') return undefined
    throw error
  }
}

const codeOf = (error: unknown) => (error instanceof OmgError ? error.code : undefined)
