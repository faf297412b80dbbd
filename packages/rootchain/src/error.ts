import { OmgError } from '@omg/protocol'
import { REFUSALS } from './refusals.ts'

/** Every error code of this package, and what to do about it. */
export const ROOT_CHAIN_ERRORS = {
  'ethereum.unavailable': 'Check that the Ethereum endpoint is up, or name another one.',
  'ethereum.wrong_chain': 'Connect to the chain that the deployment record names.',
  'ethereum.lagging': 'Wait until the Ethereum endpoint has caught up, or name another one.',
  'ethereum.lying':
    'Replace this Ethereum endpoint: what it serves contradicts itself, the contracts or the other endpoints.',
  'ethereum.disagreement':
    'Name one more Ethereum endpoint that you trust: the ones you have contradict each other.',
  'ethereum.deep_reorg':
    'Start the reader again from the deployment: the fork point is older than its memory.',
  'ethereum.reverted': 'Read the reason in the message; sending the same transaction again will fail again.',
  'ethereum.funds': 'Send ether for the transaction fee and the bond to the sending account.',
  'ethereum.nonce_taken': 'Use an account that nothing else sends from, and send again.',
  'ethereum.refused': 'Read the reason in the message: the Ethereum node did not do what it was asked.',
  'ethereum.other_contract':
    'Check the address, and that the Ethereum endpoint is of the chain where the contract is.',
  'ethereum.aborted': 'The transaction may still be included: look before sending it again.',
  'ethereum.no_permit2': "Deposit with a transaction that approves, or with the token's own permit.",
  'ethereum.no_account': 'Give the client an account.',
  'airdrop.table': 'Correct the table as the message says; a published one must not be changed at all.',
  'evidence.invalid':
    'Give two different headers of one checkpoint, each with the signature of the same key.',
  'vote.invalid': 'Pass the vote on as CometBFT printed it.',
  'wallet.refused': 'Confirm the request in the wallet.',
  'deployment.invalid': 'Use the deployment record that the deployment wrote, unchanged.',
  'deployment.artifact': 'Build the contracts first: npm test or forge build in contracts/.',
  'deployment.parameters': 'Choose parameters that satisfy the inequality that the message names.',
} as const

/** A code of this package. */
export type RootChainErrorCode = keyof typeof ROOT_CHAIN_ERRORS

/** An error of this package, with the action that belongs to its code. */
export function rootChainError(code: RootChainErrorCode, message: string, cause?: unknown): OmgError {
  return new OmgError(code, message, ROOT_CHAIN_ERRORS[code], { cause })
}

/** A contract refused: `reason` is the name of its Solidity error, so that callers can tell refusals apart. */
export class RevertedError extends OmgError {
  readonly reason: string
  readonly arguments: readonly unknown[]

  constructor(call: string, reason: string, args: readonly unknown[], cause?: unknown) {
    super(
      'ethereum.reverted',
      `${call} was refused by the contract: ${refusalText(reason, args)}`,
      ROOT_CHAIN_ERRORS['ethereum.reverted'],
      { cause },
    )
    this.name = 'RevertedError'
    this.reason = reason
    this.arguments = args
  }
}

/** The words for a refusal, and its name, by which it can be looked up. */
function refusalText(reason: string, args: readonly unknown[]): string {
  if (reason === 'unknown') return 'it gives no reason'
  // The contract's or the endpoint's own words.
  if (reason === 'Error') return quoted(String(args[0]))
  if (!/^\w+$/.test(reason)) return quoted(reason)
  if (reason === 'Panic') return `${PANICS.get(Number(args[0])) ?? 'it fails by itself'} [Panic(${args[0]})]`
  const name = `${reason}(${args.map(String).join(', ')})`
  const [title, text] = REFUSALS[reason] ?? []
  return title === undefined ? name : `${title}. ${text} [${name}]`
}

const quoted = (words: string) => JSON.stringify(words.slice(0, MAX_WORDS))

/** Characters shown of the words of somebody else. */
const MAX_WORDS = 200

/** Solidity's own failures, by their code. */
const PANICS: ReadonlyMap<number, string> = new Map([
  [0x01, 'an assertion fails'],
  [0x11, 'a number gets too large or too small'],
  [0x12, 'a division by zero'],
  [0x21, 'a value that the contract does not know'],
  [0x31, 'an empty list'],
  [0x32, 'a place outside of a list'],
  [0x41, 'too much memory'],
])
