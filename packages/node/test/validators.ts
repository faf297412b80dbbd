import { fromHex, type Hex } from '@omg/protocol'
import type { CheckpointSink } from '../src/rootchain/seam.ts'
import { enginePower, type SetMember } from '../src/rootchain/validator-sets.ts'
import { BftNetwork } from './bft.ts'
import { FakeEthereum } from './fake.ts'
import {
  keyOf,
  ownerOf,
  type TestNode,
  type TestNodeOptions,
  temporaryDirectory,
  testNode,
} from './harness.ts'

/** The signing key of validator `i`. */
export const validatorKey = (i: number) => 200 + i
export const validatorAddress = (i: number): Hex => ownerOf(validatorKey(i)).toLowerCase() as Hex

const OMG = 10n ** 18n

/** A set of validators by their numbers, all with one power unless another is given. */
export function members(numbers: readonly number[], powers: readonly bigint[] = []): SetMember[] {
  return numbers
    .map((number, i) => ({ address: validatorAddress(number), power: (powers[i] ?? 100n) * OMG }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
}

export interface ValidatorNetwork {
  readonly ethereum: FakeEthereum
  readonly bft: BftNetwork
  readonly nodes: TestNode[]
  /** The node of validator `i`. */
  node(i: number): TestNode
  /** Starts the node of a validator, a first time or again, on its own directory. */
  start(i: number, options?: Partial<TestNodeOptions>): Promise<TestNode>
  /** Starts a node whose engine waits: it is in the network once it joins. */
  prepare(i: number): Promise<TestNode & { join: () => Promise<void> }>
  close(): Promise<void>
}

/** Several nodes in one process, driven as a BFT engine would, over one fake Ethereum. The first `validators` make up the first set. */
export async function startValidators(
  validators: number,
  options: {
    settings?: TestNodeOptions['settings']
    ethereum?: FakeEthereum
    snapshotCheckpoints?: bigint
    /** Where validator `i` submits; the fake Ethereum itself where absent. */
    sinkOf?: (i: number) => CheckpointSink
  } = {},
): Promise<ValidatorNetwork> {
  const ethereum = options.ethereum ?? new FakeEthereum()
  const first = { id: 1n, validators: members(Array.from({ length: validators }, (_, i) => i)) }
  const genesis = first.validators.map(member => ({
    address: fromHex(member.address),
    power: enginePower(member),
  }))
  const bft = new BftNetwork(genesis, () => BigInt(Math.floor(Date.now() / 1000)))
  const places = new Map<number, ReturnType<typeof temporaryDirectory>>()
  const nodes: TestNode[] = []

  async function start(i: number, more: Partial<TestNodeOptions> = {}): Promise<TestNode> {
    const place = places.get(i) ?? temporaryDirectory()
    places.set(i, place)
    const node = await testNode({
      directory: place.path,
      ethereum,
      engine: wanted => bft.engine(wanted),
      rootChain: {
        source: cursor => ethereum.sourceFrom(cursor),
        sink: options.sinkOf?.(i) ?? ethereum,
        validatorSet: first,
      },
      ...(options.snapshotCheckpoints ? { snapshotCheckpoints: options.snapshotCheckpoints } : {}),
      ...more,
      settings: {
        'validator.key': keyOf(validatorKey(i)),
        'fees.recipients': [{ owner: ownerOf(98), weight: 1n }],
        'checkpoint.takeoverSeconds': 0,
        ...options.settings,
        ...more.settings,
      },
    })
    nodes[i] = node
    return node
  }

  for (let i = 0; i < validators; i++) await start(i)
  return {
    ...{ ethereum, bft, nodes, start },
    node: i => nodes[i]!,
    async prepare(i) {
      const { promise, resolve } = Promise.withResolvers<() => Promise<void>>()
      const node = await start(i, {
        engine: wanted => {
          const engine = bft.engine(wanted)
          return { ...engine, start: async application => resolve(() => engine.start(application)) }
        },
      })
      return { ...node, join: async () => (await promise)() }
    },
    async close() {
      await bft.stop()
      for (const node of nodes) await node?.close()
      for (const place of places.values()) place.remove()
      if (bft.failure) throw bft.failure
    },
  }
}
