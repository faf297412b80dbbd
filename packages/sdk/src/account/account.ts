import {
  type Address,
  address,
  type Domain,
  type Hex,
  type Pay,
  payTypedData,
  recoverSigner,
  transactionHash,
} from '@omg/protocol'
import { isRefusal, type WalletAccount } from '@omg/rootchain'
import type { LocalAccount } from 'viem'
import { sdkError } from '../error.ts'
import { canonicalSignature } from './signature.ts'

/**
 * Who owns the coins: a local key (any viem account: `privateKeyToAccount`, `mnemonicToAccount`, ...), or an account of
 * an EIP-1193 wallet.
 */
export type Account = LocalAccount | WalletAccount

export const addressOf = (account: Account): Address => address(account.address)

/**
 * Signs a payment as EIP-712 typed data, so that a wallet shows what it signs.
 *
 * @throws SdkError `wallet.refused`, `wallet.signature`.
 */
export async function signPay(account: Account, pay: Pay, domain: Domain): Promise<Hex> {
  const typedData = payTypedData(pay, domain)
  const signature =
    'provider' in account
      ? await askWallet(account, typedData)
      : await account.signTypedData(typedData as unknown as Parameters<LocalAccount['signTypedData']>[0])
  const canonical = canonicalSignature(signature)
  const signer = canonical && recoverSigner(transactionHash(pay, domain), canonical)
  if (!canonical || !signer?.ok || signer.value !== addressOf(account)) {
    throw sdkError('wallet.signature', `the wallet's signature is not one of ${account.address}`)
  }
  return canonical
}

async function askWallet({ provider, address: owner }: WalletAccount, typedData: object): Promise<Hex> {
  try {
    const params = [owner, JSON.stringify(typedData)]
    return (await provider.request({ method: 'eth_signTypedData_v4', params } as never)) as Hex
  } catch (error) {
    throw isRefusal(error) ? sdkError('wallet.refused', 'the wallet did not sign', error) : error
  }
}
