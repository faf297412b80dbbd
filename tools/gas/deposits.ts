import type { Address } from '@omg/protocol'
import {
  depositErc20,
  depositErc721,
  depositEth,
  testItemAbi,
  testUsdAbi,
  writeContract,
} from '@omg/rootchain'
import { mintItem, mintUsd, testAccount } from '@omg/rootchain/testing'
import { parseEther } from 'viem'
import { ALICE, type Stage } from './stage.ts'

const DOLLARS = 1_000_000n
const FAR_FUTURE = 2n ** 40n

/** Each deposit is the second of its kind: the first ever pays for a counter that nobody pays for again. */
export async function measureDeposits(stage: Stage): Promise<void> {
  const alice = stage.as(ALICE)
  const { usd, item } = stage.deployment.testTokens!

  const ether = () => depositEth(alice, { amount: parseEther('1') })
  await ether()
  await stage.measure('deposit ETH', ether)

  await mintUsd(alice, 1_000n * DOLLARS)
  const dollars = () => depositErc20(alice, { token: usd, amount: DOLLARS })
  await dollars()
  // The usual allowance is larger than the deposit, and stays.
  await writeContract(alice, {
    address: usd,
    abi: testUsdAbi,
    functionName: 'approve',
    args: [stage.deployment.erc20Vault, 500n * DOLLARS],
  })
  await stage.measure('deposit ERC-20', dollars)
  const permit = { deadline: FAR_FUTURE, signature: await signPermit(stage, usd, DOLLARS) }
  await stage.measure('deposit ERC-20 by permit', () =>
    depositErc20(alice, { token: usd, amount: DOLLARS, permit }),
  )

  for (const tokenId of [1n, 2n]) await mintItem(alice, tokenId)
  await writeContract(alice, {
    address: item,
    abi: testItemAbi,
    functionName: 'setApprovalForAll',
    args: [stage.deployment.erc721Vault, true],
  })
  await depositErc721(alice, { token: item, tokenId: 1n })
  await stage.measure('deposit ERC-721', () => depositErc721(alice, { token: item, tokenId: 2n }))
}

/** An EIP-2612 permit of alice for the ERC-20 vault. */
async function signPermit(stage: Stage, token: Address, value: bigint): Promise<`0x${string}`> {
  const account = testAccount(ALICE)
  const { client, chainId } = stage.ethereum
  const nonce = await client.readContract({
    address: token,
    abi: testUsdAbi,
    functionName: 'nonces',
    args: [account.address],
  })
  return account.signTypedData({
    domain: { name: 'Test USD', version: '1', chainId, verifyingContract: token },
    types: {
      Permit: [
        { name: 'owner', type: 'address' },
        { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Permit',
    message: {
      owner: account.address,
      spender: stage.deployment.erc20Vault,
      value,
      nonce,
      deadline: FAR_FUTURE,
    },
  })
}
