import {
  address,
  type Domain,
  type Hash,
  type Hex,
  instructionHash,
  type MoveInstruction,
  moveTypedData,
  type Pay,
  payTypedData,
  recoverSigner,
  transactionHash,
} from '@omg/protocol'
import { isRefusal, type WalletAccount } from '@omg/rootchain'
import { type LocalAccount, serializeTypedData, type TypedDataDefinition } from 'viem'
import { sdkError } from '../error.ts'
import { canonicalSignature } from './signature.ts'

/**
 * Who owns the coins: a local key (any viem account: `privateKeyToAccount`, `mnemonicToAccount`, ...), or an account of
 * an EIP-1193 wallet.
 */
export type Account = LocalAccount | WalletAccount

/**
 * Signs a payment as EIP-712 typed data, so that a wallet shows what it signs.
 *
 * @throws SdkError `wallet.refused`, `wallet.signature`.
 */
export function signPay(account: Account, pay: Pay, domain: Domain): Promise<Hex> {
  return signTypedData(
    account,
    payTypedData(pay, domain) as unknown as TypedData,
    transactionHash(pay, domain),
  )
}

/**
 * Signs an instruction as EIP-712 typed data, as the owner of its orders or as her agent.
 *
 * @throws SdkError `wallet.refused`, `wallet.signature`.
 */
export function signMove(account: Account, move: MoveInstruction, domain: Domain): Promise<Hex> {
  return signTypedData(
    account,
    moveTypedData(move, domain) as unknown as TypedData,
    instructionHash(move, domain),
  )
}

/** EIP-712 data with `EIP712Domain` among its types, as wallets want it. */
export type TypedData = Parameters<LocalAccount['signTypedData']>[0]

/**
 * Signs EIP-712 typed data and checks what the wallet answers.
 *
 * @throws SdkError `wallet.refused`, `wallet.signature`.
 */
export async function signTypedData(account: Account, typedData: TypedData, digest: Hash): Promise<Hex> {
  const signature =
    'provider' in account ? await askWallet(account, typedData) : await account.signTypedData(typedData)
  const canonical = canonicalSignature(signature)
  const signer = canonical && recoverSigner(digest, canonical)
  if (!canonical || !signer?.ok || signer.value !== address(account.address)) {
    throw sdkError('wallet.signature', `the wallet's signature is not one of ${account.address}`)
  }
  return canonical
}

async function askWallet({ provider, address: owner }: WalletAccount, typedData: TypedData): Promise<Hex> {
  try {
    const params = [owner, serializeTypedData(typedData as TypedDataDefinition)]
    return (await provider.request({ method: 'eth_signTypedData_v4', params } as never)) as Hex
  } catch (error) {
    throw isRefusal(error) ? sdkError('wallet.refused', 'the wallet did not sign', error) : error
  }
}
