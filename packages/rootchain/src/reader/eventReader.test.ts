import { ZERO_ADDRESS } from '@omg/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Endpoint, startEndpoint } from '../../test/endpoint.ts'
import { type Ethereum, startAnvil } from '../../test/ethereum.ts'
import { DEPLOYER, deployTestNetwork, mintUsd, rootChainOf, signHeader } from '../../test/network.ts'
import { depositErc20 } from '../actions/depositErc20.ts'
import { depositEth } from '../actions/depositEth.ts'
import { listMarket } from '../actions/listMarket.ts'
import { setMarketState } from '../actions/setMarketState.ts'
import { submitCheckpoint } from '../actions/submitCheckpoint.ts'
import type { RootChain } from '../client.ts'
import type { Deployment } from '../deployment.ts'
import {
  createEventReader,
  decodeEventCursor,
  type EventReader,
  type EventStep,
  encodeEventCursor,
  type RootChainEvent,
} from './eventReader.ts'

describe('the event reader', () => {
  let ethereum: Ethereum
  let deployment: Deployment
  let alice: RootChain
  const endpoints: Endpoint[] = []

  beforeEach(async () => {
    ethereum = await startAnvil()
    deployment = await deployTestNetwork(ethereum)
    alice = rootChainOf(ethereum, deployment, 1)
  })
  afterEach(async () => {
    await Promise.all(endpoints.splice(0).map(endpoint => endpoint.stop()))
    await ethereum.stop()
  })

  const reader = (confirmations: number, urls: string[] = [ethereum.url]) =>
    createEventReader({ urls, deployment, confirmations, timeout: 1_000, lagTolerance: 2 })

  async function endpoint(fault?: Endpoint['fault']): Promise<Endpoint> {
    const started = await startEndpoint(ethereum.url, fault)
    endpoints.push(started)
    return started
  }

  it('yields deposits and checkpoints in order, each once, and resumes from a stored cursor', async () => {
    const first = await reader(0)
    const eth = await depositEth(alice, { amount: 5n })
    await mintUsd(alice, 100n)
    const before = await readAll(first)
    const usd = await depositErc20(alice, { token: deployment.testTokens!.usd, amount: 100n })
    await submitCheckpoint(alice, await signHeader(alice, undefined, { inboxCursor: 2n }))
    const third = await depositEth(alice, { amount: 7n })

    const cursor = decodeEventCursor(encodeEventCursor(before.cursor))
    const second = await createEventReader({ urls: [ethereum.url], deployment, confirmations: 0, cursor })
    const after = await readAll(second)

    expect(deposits(before.events)).toEqual([{ index: 0n, id: eth.id, position: eth.position, amount: 5n }])
    expect(deposits(after.events)).toEqual([
      { index: 1n, id: usd.id, position: usd.position, amount: 100n },
      { index: 2n, id: third.id, position: third.position, amount: 7n },
    ])
    expect(third.position >> 64n).toBe(1n)
    expect(after.events.map(({ kind }) => kind).filter(kind => kind !== 'contract')).toEqual([
      'deposit',
      'checkpoint',
      'deposit',
    ])
    expect((await second.poll()).kind).toBe('idle')
  })

  it('reads a long history in many steps', async () => {
    const slow = await createEventReader({
      urls: [ethereum.url],
      deployment,
      confirmations: 0,
      blocksPerStep: 3,
    })
    await depositEth(alice, { amount: 1n })
    await ethereum.mine(20)
    await depositEth(alice, { amount: 2n })
    const { events, steps } = await readAll(slow)
    expect(deposits(events).map(({ amount }) => amount)).toEqual([1n, 2n])
    expect(steps).toBeGreaterThan(7)
  })

  it('waits for the confirmations', async () => {
    const careful = await reader(3)
    await ethereum.mine(3)
    await readAll(careful)
    await depositEth(alice, { amount: 5n })
    expect(deposits((await readAll(careful)).events)).toEqual([])
    await ethereum.mine(2)
    expect(deposits((await readAll(careful)).events)).toEqual([])
    await ethereum.mine(1)
    expect(deposits((await readAll(careful)).events)).toHaveLength(1)
  })

  it('A19: names the ancestor of a reorganisation and reads on from there', async () => {
    const eager = await reader(0)
    await depositEth(alice, { amount: 5n })
    await ethereum.mine(1)
    const { cursor } = await readAll(eager)
    await ethereum.reorg(2)
    const step = await eager.poll()
    if (step.kind !== 'reorganised') throw new Error(`expected a reorganisation, got ${step.kind}`)
    expect(step.dropped).toEqual(cursor.recent.slice(-2).map(({ block }) => block))
    expect(step.ancestor).toEqual(cursor.recent.at(-3)?.block)
    const { events } = await readAll(eager)
    expect(deposits(events)).toEqual([])
    const again = await depositEth(alice, { amount: 6n })
    expect(deposits((await readAll(eager)).events)).toEqual([
      { index: 0n, id: again.id, position: again.position, amount: 6n },
    ])
  })

  it('goes on with another endpoint when one dies, and with the first when it is back', async () => {
    const mortal = await endpoint()
    const steady = await reader(0, [mortal.url, ethereum.url])
    await depositEth(alice, { amount: 1n })
    await readAll(steady)
    mortal.fault = () => {
      throw new Error('down')
    }
    await depositEth(alice, { amount: 2n })
    expect(deposits((await readAll(steady)).events).map(({ amount }) => amount)).toEqual([2n])
    expect(steady.sources().map(({ state }) => state)).toEqual(['dead', 'healthy'])
  })

  it('fails with a reason while no endpoint answers, and loses nothing', async () => {
    const mortal = await endpoint()
    const only = await reader(0, [mortal.url])
    await readAll(only)
    mortal.fault = () => {
      throw new Error('down')
    }
    await depositEth(alice, { amount: 3n })
    const failed = await only.poll()
    expect(failed).toMatchObject({ kind: 'failed', error: { code: 'ethereum.unavailable' } })
    mortal.fault = undefined
    expect(deposits((await readAll(only)).events).map(({ amount }) => amount)).toEqual([3n])
  })

  it('notices an endpoint that leaves events out, and reads them elsewhere', async () => {
    const liar = await endpoint(({ method }, result) => (method === 'eth_getLogs' ? [] : result))
    const wary = await reader(0, [liar.url, ethereum.url])
    await depositEth(alice, { amount: 4n })
    expect(deposits((await readAll(wary)).events).map(({ amount }) => amount)).toEqual([4n])
    expect(wary.sources()[0]).toMatchObject({
      state: 'lying',
      reason: expect.stringContaining('inboxCount is 1'),
    })

    const alone = await reader(0, [liar.url])
    expect(await alone.poll()).toMatchObject({ kind: 'failed', error: { code: 'ethereum.lying' } })
  })

  it('notices an endpoint that leaves out what became of a market', async () => {
    const governor = rootChainOf(ethereum, deployment, DEPLOYER)
    const quote = deployment.testTokens!.usd
    const terms = { base: ZERO_ADDRESS, quote, tick: 100n, lot: 10n ** 16n, minimumSize: 1n }
    const market = await listMarket(governor, { terms: { ...terms, tier: 'bonded' } })
    await setMarketState(governor, { market, state: 'closed' })
    const honest = await reader(0)
    const changes = (await readAll(honest)).events.filter(
      event => event.kind === 'contract' && event.contract === 'markets',
    )
    expect(changes).toMatchObject([{ eventName: 'MarketListed' }, { eventName: 'MarketStateChanged' }])

    for (const left of [0, 1]) {
      const liar = await endpoint(({ method }, result) => {
        if (method !== 'eth_getLogs') return result
        const isOfMarkets = ({ address }: { address: string }) =>
          BigInt(address) === BigInt(deployment.markets)
        const logs = result as { address: string }[]
        return logs.filter(log => log !== logs.filter(isOfMarkets)[left])
      })
      const step = await (await reader(0, [liar.url])).poll()
      expect(step).toMatchObject({ kind: 'failed', error: { code: 'ethereum.lying' } })
    }
  })

  it('notices an endpoint that changes a deposit', async () => {
    const liar = await endpoint(({ method }, result) => {
      if (method !== 'eth_getLogs') return result
      return (result as { data: string }[]).map(log => ({ ...log, data: log.data.replace(/4$/, '5') }))
    })
    await depositEth(alice, { amount: 4n })
    const step = await (await reader(0, [liar.url])).poll()
    expect(step).toMatchObject({ kind: 'failed', error: { code: 'ethereum.lying' } })
  })

  it('notices an endpoint that lags', async () => {
    let head: unknown
    const laggard = await endpoint(({ method, params }, result) => {
      if (method !== 'eth_getBlockByNumber' || params[0] !== 'latest') return result
      head ??= result
      return head
    })
    const wary = await reader(0, [laggard.url, ethereum.url])
    await readAll(wary)
    await ethereum.mine(5)
    await depositEth(alice, { amount: 4n })
    expect(deposits((await readAll(wary)).events)).toHaveLength(1)
    expect(wary.sources()[0]).toMatchObject({
      state: 'lagging',
      reason: expect.stringContaining('another endpoint'),
    })
  })

  it('does not believe one endpoint against two', async () => {
    const forged = await endpoint(({ method }, result) => {
      if (method !== 'eth_getBlockByNumber') return result
      const block = result as { hash: string; parentHash: string }
      return { ...block, hash: flip(block.hash), parentHash: flip(block.parentHash) }
    })
    const wary = await reader(0, [ethereum.url, forged.url, (await endpoint()).url])
    await depositEth(alice, { amount: 4n })
    expect(deposits((await readAll(wary)).events)).toHaveLength(1)
  })

  it('refuses an endpoint of another chain', async () => {
    await using other = await startAnvil({ chainId: 4242 })
    const parameters = { urls: [other.url], deployment, confirmations: 0 }
    await expect(createEventReader(parameters)).rejects.toMatchObject({ code: 'ethereum.wrong_chain' })
  })

  it('follows until it is told to stop', async () => {
    const controller = new AbortController()
    const seen: RootChainEvent[] = []
    const following = (async () => {
      for await (const step of (await reader(0)).follow({ signal: controller.signal, interval: 20 })) {
        if (step.kind === 'advanced') seen.push(...step.events)
        if (deposits(seen).length === 2) controller.abort()
      }
    })()
    await depositEth(alice, { amount: 1n })
    await depositEth(alice, { amount: 2n })
    await following
    expect(deposits(seen).map(({ index }) => index)).toEqual([0n, 1n])
  })
})

const flip = (hash: string) => `${hash.slice(0, -1)}${hash.endsWith('0') ? '1' : '0'}`

/** Polls until there is nothing new. */
async function readAll(reader: EventReader) {
  const events: RootChainEvent[] = []
  for (let steps = 0; ; steps++) {
    const step: EventStep = await reader.poll()
    if (step.kind === 'advanced') events.push(...step.events)
    else if (step.kind === 'idle') return { events, steps, cursor: step.cursor }
    else if (step.kind === 'failed') await new Promise(resolve => setTimeout(resolve, step.retryInMs + 1))
    if (steps > 200) throw new Error(`the reader does not come to rest: ${step.kind}`)
  }
}

function deposits(events: readonly RootChainEvent[]) {
  return events.flatMap(event => {
    if (event.kind !== 'deposit') return []
    const { index, id, position, output } = event
    return [{ index, id, position, amount: output.amount }]
  })
}
