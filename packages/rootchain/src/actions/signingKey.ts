import { type Address, address, type Domain, type Hex, signingKeyTypedData } from '@omg/protocol'
import type { LocalAccount } from 'viem'

/** That a key signs checkpoints for an account: its signature of SigningKey(account, key). */
export interface SigningKeyProof {
  /** The address of the key. */
  readonly signer: Address
  readonly signature: Hex
}

/**
 * Proves that `key` signs checkpoints for `validator`, the account that bonds. The proof is no secret and has no time limit: nobody
 * else can use it, so it may be made where the key is and carried to where the account is.
 */
export async function proveSigningKey(
  key: Pick<LocalAccount, 'address' | 'signTypedData'>,
  validator: Address,
  domain: Domain,
): Promise<SigningKeyProof> {
  const signer = address(key.address)
  const typed = signingKeyTypedData({ validator, signer }, domain)
  // viem wants a bigint where JSON has a number.
  const signature = await key.signTypedData({
    ...typed,
    domain: { ...typed.domain, chainId: domain.chainId },
  })
  return { signer, signature }
}
