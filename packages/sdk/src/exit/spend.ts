import {
  decodeSignedTransaction,
  encodeTransaction,
  encodeWitness,
  fromHex,
  type Hex,
  OmgError,
  type OutputId,
  outputId,
  type TxHash,
  toHex,
  transactionHash,
  unwrap,
} from '@omg/protocol'
import type { Inclusion, Spend } from '@omg/rootchain'
import type { Client } from '../client.ts'
import { sdkError } from '../error.ts'
import { Fields } from '../node/decode.ts'
import type { Payment } from '../payment/payment.ts'
import { readExitProof } from './exitProof.ts'

/** The payment that spends an output, as a challenge of its exit shows it. */
export interface KnownSpend {
  readonly hash: TxHash
  readonly spend: Spend
}

/**
 * Asks the node for the payment that spends an output, or takes one that was kept; and for what shows that it is valid. A
 * wrong answer costs nothing: Ethereum refuses the challenge before anything is sent.
 *
 * @throws SdkError `exit.unspent`
 */
export async function readSpend(
  client: Client,
  id: OutputId,
  kept?: Pick<Payment, 'signed'>,
): Promise<KnownSpend> {
  const signed = kept?.signed ?? (await spenderOf(client, id))
  const decoded = decodeSignedTransaction(fromHex(signed))
  const transaction = decoded.ok ? decoded.value.transaction : undefined
  const inputIndex = transaction?.kind === 'pay' ? transaction.inputs.indexOf(id) : -1
  if (!decoded.ok || transaction?.kind !== 'pay' || inputIndex < 0)
    throw sdkError('exit.unspent', `what was shown is no payment that spends ${id}`)
  const { domain } = await client.network()
  const hash = transactionHash(transaction, domain)
  const [inclusion, ...proofs] = await Promise.all([
    readInclusion(client, outputId(hash, 0)),
    ...transaction.inputs.map(input => readExitProof(client, input)),
  ])
  const spend: Spend = {
    transaction: toHex(encodeTransaction(transaction)),
    witness: toHex(encodeWitness(unwrap(decoded).witness)),
    creators: proofs.map(({ origin }) => origin.creator),
    inputIndex,
    ...(inclusion && { inclusion }),
  }
  return { hash, spend }
}

async function spenderOf(client: Client, id: OutputId): Promise<Hex> {
  const answer = await client.node.request('omg_getSpend', { outputId: id })
  if (answer === null) throw sdkError('exit.unspent', `the node knows no payment that spends ${id}`)
  return new Fields(answer, 'spend').hex('bytes')
}

/** Only an included payment counts once its time is over (R7); one that may still be included needs no proof. */
async function readInclusion(client: Client, firstOutput: OutputId): Promise<Inclusion | undefined> {
  try {
    const { origin, committed } = await readExitProof(client, firstOutput)
    return committed ? origin.inclusion : undefined
  } catch (error) {
    if (error instanceof OmgError && error.code === 'request.not_found') return undefined
    throw error
  }
}
