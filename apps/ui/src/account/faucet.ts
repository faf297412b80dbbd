import { type Address, OmgError, type TxHash } from '@omg/protocol'
import { Fields } from '@omg/sdk'
import { uiError } from '../error.ts'

/** What the faucet of a test network gave. */
export interface FaucetGift {
  /** On the network, to trade with. */
  readonly coins: readonly { readonly token: Address; readonly amount: bigint; readonly hash: TxHash }[]
  /** On Ethereum, to try a deposit with. */
  readonly ethereum: readonly { readonly token: Address; readonly amount: bigint }[]
}

/** Milliseconds: the faucet waits for Ethereum. */
const TIMEOUT_MS = 60_000

/** Asks the faucet for test money. Errors (thrown): `faucet.again`, `faucet.busy`, `faucet.unreachable`. */
export async function askFaucet(url: string, address: Address): Promise<FaucetGift> {
  let status: number
  let answer: Fields
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ address }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    status = response.status
    answer = new Fields(await response.json(), 'faucet')
  } catch (cause) {
    throw uiError('faucet.unreachable', 'The faucet does not answer.', cause)
  }
  if (status !== 200) throw refusal(answer, status)
  const gift = (value: unknown) => {
    const fields = new Fields(value, 'gift')
    return { token: fields.address('token'), amount: fields.integer('amount'), fields }
  }
  return {
    coins: answer.list('coins', value => {
      const { fields, ...rest } = gift(value)
      return { ...rest, hash: fields.hash<TxHash>('hash') }
    }),
    ethereum: answer.list('ethereum', value => {
      const { token, amount } = gift(value)
      return { token, amount }
    }),
  }
}

function refusal(answer: Fields, status: number): OmgError {
  if (!answer.has('code')) return uiError('faucet.answer', `the faucet answered ${status}`)
  const action = answer.has('action') ? answer.text('action') : 'Try again later.'
  const title = answer.has('title') ? answer.text('title') : 'The faucet refused.'
  return new OmgError(answer.text('code'), title, action)
}
