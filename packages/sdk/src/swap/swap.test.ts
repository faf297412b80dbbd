import {
  type Address,
  address,
  coinGuard,
  decodeSignedTransaction,
  depositId,
  encodeTransaction,
  fromHex,
  type OutputId,
  type Pay,
  recoverSigner,
  toHex,
  transactionHash,
  unwrap,
  ZERO_ADDRESS,
} from '@omg/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { domain, type FakeNode, ITEM, id, startFakeNode, USD } from '../../test/fakeNode.ts'
import { outputFrom } from '../actions/getOutputs.ts'
import { createClient, type OmgClient } from '../createClient.ts'
import { payIn, type SwapProposal } from './swap.ts'

const accounts = [1, 2, 3].map(n => privateKeyToAccount(`0x${n.toString(16).padStart(64, '0')}`))
const [alice, bob, mallory] = accounts.map(account => address(account.address)) as [Address, Address, Address]

let node: FakeNode
let wallets: OmgClient[]
/** Of the outputs below, as deposits: their content makes them. */
let ids: OutputId[]
beforeEach(async () => {
  node = await startFakeNode([
    { owner: alice, amount: 1_000n },
    { owner: alice, amount: 500n },
    { owner: bob, amount: 900n, token: USD },
    { owner: bob, amount: 7n, token: ITEM, type: 'item' },
    { owner: mallory, amount: 900n, token: USD },
  ])
  const { omg_getOutputs: list } = node.handlers
  node.handlers.omg_getOutputs = params => {
    const page = list!(params) as { outputs: object[] }
    return { ...page, outputs: page.outputs.map(asDeposit) }
  }
  ids = [1, 2, 3, 4, 5].map(n => asDeposit(node.findOutput(id(n))).id)
  node.handlers.omg_getOutput = ({ outputId }) => {
    return asDeposit(node.findOutput(id(1 + ids.indexOf(outputId as OutputId))))
  }
  wallets = accounts.map(account => createClient({ node: node.url, account }))
})
afterEach(() => node[Symbol.asyncDispose]())

function asDeposit(listed: object): { id: OutputId } {
  const output = outputFrom(listed)
  return { ...listed, id: depositId(output, output.position) }
}

const coins = { amount: 600n }
const dollars = { token: USD, amount: 250n }

const propose = () =>
  wallets[0]!.swapDirect.propose({ counterparty: bob, give: coins, get: dollars, memo: 'deal' })

describe('a swap of two parties', () => {
  it('is one payment that both sign: each gets exactly hers', async () => {
    const proposal = JSON.parse(JSON.stringify(await propose())) as SwapProposal
    const acceptance = await wallets[1]!.swapDirect.accept({ proposal, get: coins, give: dollars })
    const payment = await wallets[0]!.swapDirect.complete({ proposal, acceptance })
    const { transaction, witness } = unwrap(decodeSignedTransaction(fromHex(node.taken[0]!)))
    const pay = transaction as Pay
    expect(pay.inputs).toEqual([ids[0], ids[2]])
    const coin = (owner: Address, amount: bigint, token = ZERO_ADDRESS) => {
      return { type: 'coin', guard: coinGuard(owner), token, amount }
    }
    // Alice pays the fee of both signatures.
    expect(pay.outputs).toEqual([
      coin(bob, 600n),
      coin(alice, 250n, USD),
      coin(alice, 300n),
      coin(bob, 650n, USD),
    ])
    const hash = transactionHash(pay, domain)
    expect(witness.signatures.map(each => unwrap(recoverSigner(hash, each)))).toEqual([alice, bob])
    expect(payment).toMatchObject({ hash, fee: { token: ZERO_ADDRESS, amount: 100n } })
  })

  it('may give an item', async () => {
    const item = { token: ITEM, tokenId: 7n }
    const proposal = await wallets[0]!.swapDirect.propose({ counterparty: bob, give: coins, get: item })
    const acceptance = await wallets[1]!.swapDirect.accept({ proposal, get: coins, give: item })
    expect((await wallets[0]!.swapDirect.complete({ proposal, acceptance })).outputs[1]).toMatchObject({
      type: 'item',
    })
  })

  it('is not accepted where the proposal says something else, or is too old', async () => {
    const proposal = await propose()
    const accept = (given: object) =>
      wallets[1]!.swapDirect.accept({ proposal, get: coins, give: dollars, ...given } as never)
    const mismatch = { code: 'swap.mismatch' }
    await expect(accept({ get: { amount: 601n } })).rejects.toMatchObject(mismatch)
    await expect(accept({ give: { token: USD, amount: 249n } })).rejects.toMatchObject(mismatch)
    await expect(accept({ proposal: { ...proposal, draft: '0x01' } })).rejects.toMatchObject(mismatch)
    await expect(
      wallets[2]!.swapDirect.accept({ proposal, get: coins, give: dollars }),
    ).rejects.toMatchObject(mismatch)
    // Inputs of his own would pay for Alice.
    const draft = payIn(proposal.draft)
    const stealing = toHex(encodeTransaction({ ...draft, inputs: [ids[2]!] }))
    await expect(accept({ proposal: { ...proposal, draft: stealing } })).rejects.toMatchObject(mismatch)
    node.handlers.omg_status = () => ({ time: '999999' })
    await expect(accept({})).rejects.toMatchObject({ code: 'swap.expired' })
  })

  it('A16: is not completed where the answer changes anything, or spends what is not the other side’s', async () => {
    const proposal = await propose()
    const acceptance = await wallets[1]!.swapDirect.accept({ proposal, get: coins, give: dollars })
    const honest = payIn(acceptance.transaction)
    const [toBob, toAlice, change, rest] = honest.outputs as [
      Pay['outputs'][0],
      Pay['outputs'][0],
      Pay['outputs'][0],
      Pay['outputs'][0],
    ]
    const wrong: Partial<Pay>[] = [
      { outputs: [toBob, { ...toAlice, amount: 249n as never }, change, rest] },
      { outputs: [toBob, toAlice, rest] },
      { outputs: [toBob, toAlice, change, { ...rest, guard: coinGuard(mallory) }] },
      { inputs: [honest.inputs[1]!, honest.inputs[0]!] },
      // Alice's other coin, whose worth Bob would take as change.
      { inputs: [...honest.inputs, ids[1]!] },
      { inputs: [honest.inputs[0]!, ids[4]!] },
      { validUntil: honest.validUntil + 1n },
    ]
    for (const changed of wrong) {
      const pay = { ...honest, ...changed }
      const signature = await signedBy(1, pay)
      const answer = { transaction: toHex(encodeTransaction(pay)), signature }
      await expect(wallets[0]!.swapDirect.complete({ proposal, acceptance: answer })).rejects.toMatchObject({
        code: 'swap.mismatch',
      })
    }
    const signature = await signedBy(2, honest)
    await expect(
      wallets[0]!.swapDirect.complete({ proposal, acceptance: { ...acceptance, signature } }),
    ).rejects.toMatchObject({ code: 'swap.mismatch' })
    expect(node.taken).toEqual([])
  })
})

describe('whose an input is', () => {
  /** Bob answers with Alice's other coin among his inputs, and a node that is on his side. */
  async function cheat(lie: object) {
    // Another try with the same coin: none of them is ever sent.
    wallets[1]!.reserved.clear()
    const proposal = await propose()
    const acceptance = await wallets[1]!.swapDirect.accept({ proposal, get: coins, give: dollars })
    const honest = payIn(acceptance.transaction)
    const pay = { ...honest, inputs: [...honest.inputs, ids[1]!] }
    const { omg_getOutput: real } = node.handlers
    node.handlers.omg_getOutput = params => {
      const output = real!(params) as object
      return params.outputId === ids[1] ? { ...output, ...lie } : output
    }
    const answer = { transaction: toHex(encodeTransaction(pay)), signature: await signedBy(1, pay) }
    return wallets[0]!.swapDirect.complete({ proposal, acceptance: answer })
  }

  it('is proven by what made it: a node that lies changes nothing', async () => {
    const guard = coinGuard(bob)
    await expect(cheat({ guard })).rejects.toMatchObject({ code: 'swap.mismatch' })
    const txHash = `0x${'12'.repeat(32)}`
    await expect(cheat({ guard, txHash })).rejects.toThrow('nobody can prove whose it is')
    // A payment to Bob that has nothing to do with it.
    const other = await wallets[0]!.pay({ to: bob, amount: 30n })
    node.handlers.omg_getTransaction = () => ({ status: 'included', bytes: other.signed })
    await expect(cheat({ guard, txHash })).rejects.toThrow('nobody can prove whose it is')
    expect(node.taken).toEqual([other.signed])
  })

  it('may be proven by the payment that made it', async () => {
    const made = await wallets[2]!.pay({ to: bob, token: USD, amount: 300n })
    const [coin] = made.outputs
    const listed = { ...node.findOutput(id(3)), id: coin!.id, amount: '300', txHash: made.hash }
    node.handlers.omg_getOutputs = ({ owner }) => {
      return { outputs: owner === bob ? [listed] : [asDeposit(node.findOutput(id(1)))], cursor: null }
    }
    const proposal = await propose()
    const acceptance = await wallets[1]!.swapDirect.accept({ proposal, get: coins, give: dollars })
    node.handlers.omg_getOutput = () => listed
    node.handlers.omg_getTransaction = () => ({ status: 'included', bytes: made.signed })
    const { inputs } = await wallets[0]!.swapDirect.complete({ proposal, acceptance })
    expect(inputs).toEqual([ids[0], coin!.id])
  })
})

const signedBy = (n: number, pay: Pay) => accounts[n]!.sign({ hash: transactionHash(pay, domain) })
