import { type Address, createWalletClient, custom, type EIP1193Provider, type PublicClient } from 'viem'
import { rootChainError } from '../error.ts'
import { gasLimit } from './gas.ts'
import type { TransactionSender } from './transactionSender.ts'

/** An EIP-1193 wallet and the account of it to use: a browser extension, a hardware wallet's bridge, a passkey wallet. */
export interface WalletAccount {
  readonly address: Address
  readonly provider: Pick<EIP1193Provider, 'request'>
}

/** The error code of EIP-1193 for a request that the user refused. */
const USER_REJECTED = 4001

/** A sender whose key is in a wallet. The wallet chooses fees and nonce, not the gas; the user may replace the transaction there. */
export function createWalletSender(client: PublicClient, account: WalletAccount): TransactionSender {
  const wallet = createWalletClient({ account: account.address, transport: custom(account.provider) })
  return {
    address: account.address,

    async send({ sidecars, ...request }, { signal } = {}) {
      if (sidecars) throw rootChainError('ethereum.refused', 'a wallet cannot send blobs')
      const gas = await gasLimit(client, account.address, request)
      const hash = await wallet.sendTransaction({ ...request, gas, chain: null }).catch((error: unknown) => {
        throw isRefusal(error)
          ? rootChainError('wallet.refused', 'the wallet did not send the transaction', error)
          : error
      })
      // Follows the transaction through a replacement in the wallet.
      const receipt = client.waitForTransactionReceipt({ hash, timeout: 0 })
      return signal ? Promise.race([receipt, rejection(signal)]) : receipt
    },
  }
}

/** Whether a wallet's error says that its user declined. */
export function isRefusal(error: unknown): boolean {
  for (
    let cause = error;
    typeof cause === 'object' && cause !== null;
    cause = (cause as { cause?: unknown }).cause
  ) {
    if ((cause as { code?: unknown }).code === USER_REJECTED) return true
  }
  return false
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () =>
      reject(rootChainError('ethereum.aborted', 'gave up waiting for a receipt', signal.reason))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}
