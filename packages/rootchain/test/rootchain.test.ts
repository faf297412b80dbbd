import { address, checkpointDigest, decodeHeader, headerHash, signDigest, ZERO_ADDRESS } from '@omg/protocol'
import { erc20Abi, parseEther, zeroHash } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bond,
  bondingAbi,
  checkDeployment,
  createRootChain,
  type Deployment,
  depositErc20,
  depositErc721,
  depositEth,
  devnetParameters,
  domainOf,
  getCheckpoint,
  getCredit,
  getDeposit,
  getInbox,
  getItemCredit,
  getLastCheckpoint,
  getParameters,
  getPermit2,
  getSubmission,
  getValidatorSet,
  proveSigningKey,
  type RootChain,
  setSigner,
  submitCheckpoint,
} from '../src/index.ts'
import { type Ethereum, ethereumNodes, testAccount, testPrivateKey } from './ethereum.ts'
import {
  deployTestNetwork,
  itemOwner,
  mintItem,
  mintUsd,
  rootChainOf,
  signHeader,
  VALIDATOR,
} from './network.ts'
import { giveOmg } from './staking.ts'

const bob = address(testAccount(2).address)

describe.each(ethereumNodes())('the root chain on $name', ({ start }) => {
  let ethereum: Ethereum
  let deployment: Deployment
  let alice: RootChain

  beforeAll(async () => {
    ethereum = await start()
    deployment = await deployTestNetwork(ethereum)
    alice = rootChainOf(ethereum, deployment, 1)
  })
  afterAll(() => ethereum?.stop())

  it('is what the deployment record says', async () => {
    await checkDeployment(alice)
    expect(await getParameters(alice)).toEqual(devnetParameters())
    expect(await getValidatorSet(alice)).toMatchObject({
      id: 1n,
      validators: [{ signer: address(testAccount(VALIDATOR).address), bond: devnetParameters().minBond }],
    })
    expect(await getValidatorSet(alice, { id: 2n })).toBeUndefined()
  })

  it('is not what a changed record says', async () => {
    const changed = (change: Partial<Deployment>) =>
      checkDeployment(createRootChain({ urls: [ethereum.url], deployment: { ...deployment, ...change } }))
    await expect(changed({ chainId: 1n })).rejects.toMatchObject({ code: 'ethereum.wrong_chain' })
    await expect(changed({ rootChain: bob })).rejects.toThrow('there is no contract')
    await expect(changed({ ethVault: bob })).rejects.toThrow('ethVault is not a vault')
    await expect(changed({ insuranceVault: bob })).rejects.toThrow('the insurance is')
    await expect(changed({ standardExits: bob })).rejects.toThrow('standardExits is not an exit game')
    await expect(changed({ feeTokens: [] })).rejects.toThrow('fee token 0')
    await expect(changed({ parameters: { ...deployment.parameters, epoch: 77 } })).rejects.toThrow(
      'parameter epoch',
    )
  })

  it('takes ETH', async () => {
    const deposit = await depositEth(alice, { amount: parseEther('2'), owner: bob })
    expect(await getDeposit(alice, { id: deposit.id })).toMatchObject({
      index: deposit.index,
      number: deposit.position >> 32n,
      blockNumber: deposit.blockNumber,
    })
    expect(await ethereum.client.getBalance({ address: deployment.ethVault })).toBe(parseEther('2'))
    await expect(depositEth(alice, { amount: 0n })).rejects.toMatchObject({ reason: 'AmountIsZero' })
  })

  it('takes an ERC-20 token, by approval and by permit', async () => {
    const token = deployment.testTokens!.usd
    await mintUsd(alice, 100n)
    await depositErc20(alice, { token, amount: 30n })
    const { deadline, signature } = await signPermit(ethereum, deployment, 70n)
    await depositErc20(alice, { token, amount: 70n, permit: { deadline, signature } })
    const balance = {
      address: token,
      abi: erc20Abi,
      functionName: 'balanceOf',
      args: [deployment.erc20Vault],
    } as const
    expect(await ethereum.client.readContract(balance)).toBe(100n)
    await expect(depositErc20(alice, { token, amount: 1n })).rejects.toMatchObject({
      code: 'ethereum.reverted',
    })
    expect(await getPermit2(alice)).toBeUndefined()
    const permit2 = { nonce: 0n, deadline, signature }
    await expect(depositErc20(alice, { token, amount: 1n, permit2 })).rejects.toMatchObject({
      code: 'ethereum.no_permit2',
    })
  })

  it('takes an ERC-721 token', async () => {
    await mintItem(alice, 77n)
    await depositErc721(alice, { token: deployment.testTokens!.item, tokenId: 77n })
    expect(address(await itemOwner(alice, 77n))).toBe(deployment.erc721Vault)
  })

  it('knows no deposit, credit or checkpoint that was never made', async () => {
    expect(await getDeposit(alice, { id: zeroHash as never })).toBeUndefined()
    expect(await getCheckpoint(alice, { number: 9n })).toBeUndefined()
    expect(await getCredit(alice, { owner: bob, token: ZERO_ADDRESS })).toBe(0n)
    expect(await getCredit(alice, { owner: bob, token: deployment.testTokens!.usd })).toBe(0n)
    expect(await getItemCredit(alice, { token: deployment.testTokens!.item, tokenId: 77n })).toBeUndefined()
  })

  it('bonds a key that signed for the account, and no other', async () => {
    const { minBond: amount } = deployment.parameters
    const domain = domainOf(deployment)
    const [account, key] = [testAccount(4), testAccount(5)]
    const own = address(account.address)
    const carol = rootChainOf(ethereum, deployment, 4)
    await giveOmg(ethereum, deployment, { to: own, amount })

    const copied = await proveSigningKey(key, bob, domain)
    await expect(bond(carol, { amount, key: copied })).rejects.toMatchObject({ reason: 'SignerNotProven' })
    const elsewhere = await proveSigningKey(key, own, { ...domain, chainId: 1n })
    await expect(bond(carol, { amount, key: elsewhere })).rejects.toMatchObject({ reason: 'SignerNotProven' })
    const validator = await proveSigningKey(testAccount(VALIDATOR), own, domain)
    await expect(bond(carol, { amount, key: validator })).rejects.toMatchObject({ reason: 'SignerInUse' })

    await bond(carol, { amount, key: await proveSigningKey(key, own, domain) })
    await expect(setSigner(carol, { key: copied })).rejects.toMatchObject({ reason: 'SignerNotProven' })
    await setSigner(carol, { key: await proveSigningKey(account, own, domain) })
    for (const signer of [key, account]) {
      const args = [signer.address] as const
      const call = {
        address: deployment.bonding,
        abi: bondingAbi,
        functionName: 'validatorOfSigner',
        args,
      } as const
      expect(address(await ethereum.client.readContract(call))).toBe(own)
    }
  })

  it('accepts a checkpoint that the validators signed, once', async () => {
    const { count } = await getInbox(alice)
    await ethereum.mine(1)
    const signed = await signHeader(alice, undefined, { inboxCursor: count })
    const receipt = await submitCheckpoint(alice, signed)
    expect(await getLastCheckpoint(alice)).toBe(1n)
    expect(await getInbox(alice)).toEqual({ count, cursor: count })
    expect(await getCheckpoint(alice, { number: 1n })).toMatchObject({
      headerHash: headerHash(signed.header),
      origin: signed.header.origin,
      daMode: 'plasma',
      validatorSetId: 1n,
      signers: 1n,
    })
    const submission = await getSubmission(alice, { transactionHash: receipt.transactionHash })
    expect(decodeHeader(submission!.header)).toEqual({ ok: true, value: signed.header })
    await expect(submitCheckpoint(alice, signed)).rejects.toMatchObject({ reason: 'WrongNumber' })
  })

  it('refuses a checkpoint of another fork or without the signatures it needs', async () => {
    const { header } = await signHeader(alice, undefined)
    const orphan = await signHeader(alice, { ...header, checkpoint: 1n })
    await expect(submitCheckpoint(alice, orphan)).rejects.toMatchObject({ reason: 'WrongParent' })

    const parentHash = (await getCheckpoint(alice, { number: 1n }))!.headerHash
    const { cursor: inboxCursor } = await getInbox(alice)
    const next = await signHeader(alice, undefined, { checkpoint: 2n, parentHash, inboxCursor })
    await expect(submitCheckpoint(alice, { ...next, signatures: [] })).rejects.toMatchObject({
      reason: 'NotEnoughPower',
    })
    const digest = checkpointDigest(headerHash(next.header), domainOf(deployment))
    const stranger = signDigest(digest, testPrivateKey(3))
    await expect(submitCheckpoint(alice, { ...next, signatures: [stranger] })).rejects.toMatchObject({
      reason: 'InvalidSignature',
    })
  })
})

async function signPermit(
  { client }: Ethereum,
  { chainId, erc20Vault, testTokens }: Deployment,
  value: bigint,
) {
  const deadline = (await client.getBlock()).timestamp + 3600n
  const verifyingContract = testTokens!.usd
  const signature = await testAccount(1).signTypedData({
    domain: { name: 'Test USD', version: '1', chainId: Number(chainId), verifyingContract },
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
    message: { owner: testAccount(1).address, spender: erc20Vault, value, nonce: 0n, deadline },
  })
  return { deadline, signature }
}
