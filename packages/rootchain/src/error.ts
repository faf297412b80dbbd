import { OmgError } from '@omg/protocol'

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
  'ethereum.refused': 'Read the reason in the message: the Ethereum node did not take the transaction.',
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
    const shown = args.map(String).join(', ')
    super(
      'ethereum.reverted',
      `${call} was refused by the contract: ${reason}(${shown})`,
      ROOT_CHAIN_ERRORS['ethereum.reverted'],
      { cause },
    )
    this.name = 'RevertedError'
    this.reason = reason
    this.arguments = args
  }
}
