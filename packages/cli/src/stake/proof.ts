/** Proofs that a key signs for an account: made where the key is, and carried to where the account is. */
import { readFileSync } from 'node:fs'
import type { Address } from '@omg/protocol'
import { type Deployment, domainOf, proveSigningKey, type SigningKeyProof } from '@omg/rootchain'
import { unlockAccount } from '../account/accounts.ts'
import { addressOf } from '../client.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'

/** A proof has two fields of some 200 characters together. */
const MAX_PROOF_BYTES = 1_000

/** Which key: one whose account is here, or one that proved itself elsewhere. */
export interface KeyOptions {
  readonly signer?: string
  readonly proof?: string
}

/**
 * The proof of the key that is named, for the account `validator`.
 *
 * Errors (thrown): `request.argument`, `account.unknown`, `account.password`.
 */
export async function proofOf(
  session: Session,
  { signer, proof }: KeyOptions,
  validator: Address,
  deployment: Deployment,
): Promise<SigningKeyProof> {
  if (signer !== undefined && proof !== undefined)
    throw cliError('request.argument', 'either --signer or --proof is needed, not both')
  if (proof !== undefined) return readProof(proof)
  const named = signer === undefined ? validator : addressOf(session, signer)
  const key = await unlockAccount(session.data, named, session.running?.devnet === true)
  return proveSigningKey(key, validator, domainOf(deployment))
}

/** What `omg validator prove --json` wrote. Whether it is true is for Ethereum to say. */
export function readProof(file: string): SigningKeyProof {
  const { signer, signature } = parse(file)
  if (!isHex(signer, 20) || !isHex(signature, 65))
    throw cliError(
      'request.argument',
      `${file} is no proof of a key: {"signer": "0x..", "signature": "0x.."}`,
    )
  return { signer: signer.toLowerCase() as Address, signature }
}

function parse(file: string): Partial<Record<'signer' | 'signature', unknown>> {
  try {
    const text = readFileSync(file)
    const found: unknown = text.length > MAX_PROOF_BYTES ? undefined : JSON.parse(text.toString('utf8'))
    return typeof found === 'object' && found !== null ? found : {}
  } catch (cause) {
    throw cliError('request.argument', `${file} cannot be read as JSON`, cause)
  }
}

const isHex = (value: unknown, bytes: number): value is `0x${string}` =>
  typeof value === 'string' && new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`).test(value)
