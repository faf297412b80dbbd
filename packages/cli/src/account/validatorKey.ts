import type { Hex } from '@omg/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { cliError } from '../error.ts'

/** The key in OMG_VALIDATOR_KEY; undefined where there is none. Errors (thrown): `request.argument` for what is no private key. */
export function validatorKey(environment: NodeJS.ProcessEnv = process.env): Hex | undefined {
  const key = environment.OMG_VALIDATOR_KEY
  if (key === undefined || key === '') return undefined
  try {
    if (/^0x[0-9a-fA-F]{64}$/.test(key)) {
      // Not every number of 32 bytes is one.
      privateKeyToAccount(key as Hex)
      return key as Hex
    }
  } catch {
    // Said below, without the cause: it might show the key.
  }
  throw cliError('request.argument', 'OMG_VALIDATOR_KEY is no private key: 0x and 64 hexadecimal digits')
}

/** The same where nothing can be done without. */
export function requiredValidatorKey(): Hex {
  const key = validatorKey()
  if (key === undefined) throw cliError('request.argument', 'OMG_VALIDATOR_KEY must have the private key')
  return key
}
