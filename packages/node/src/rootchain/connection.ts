import type { Header, Hex } from '@omg/protocol'
import { createRootChain, type Deployment, relayDoubleVote } from '@omg/rootchain'
import { privateKeyToAccount } from 'viem/accounts'
import type { Configuration } from '../configuration/schema.ts'
import type { ChainStore } from '../store/store.ts'
import { ethereumSink, ethereumSource, readFirstSet } from './ethereum.ts'
import type { OffencesOptions } from './offences.ts'
import type { CheckpointSink, RootChainSource } from './seam.ts'
import type { ValidatorSet } from './validator-sets.ts'

/** Another Ethereum than the configured endpoints: tests put a misbehaving one here. */
export interface RootChainOverride {
  source: (cursor: string | undefined) => RootChainSource
  sink?: CheckpointSink
  /** The first set of the chain. */
  validatorSet: ValidatorSet
}

export interface RootChainConnection {
  deployment: Deployment
  configuration: Configuration
  override: RootChainOverride | undefined
}

/** Where final blocks come from, going on after the cursor. */
export function sourceOf(connection: RootChainConnection, cursor: string | undefined): RootChainSource {
  const { deployment, configuration, override } = connection
  return override
    ? override.source(cursor)
    : ethereumSource({ deployment, ...configuration.ethereum, cursor })
}

/** Where checkpoints go; undefined if this node does not submit. */
export function sinkOf({
  deployment,
  configuration,
  override,
}: RootChainConnection): CheckpointSink | undefined {
  if (override) return override.sink
  const key = (configuration.validator.submitterKey ?? configuration.validator.key) as Hex | undefined
  if (!key || !configuration.checkpoint.submit) return undefined
  return ethereumSink({ deployment, ...configuration.ethereum, account: privateKeyToAccount(key) })
}

/** Takes double votes to Ethereum; undefined where this node does not submit. */
export function relayOf(
  { deployment, configuration, override }: RootChainConnection,
  headerAt: (height: bigint) => Header | undefined,
): OffencesOptions['relay'] | undefined {
  const key = (configuration.validator.submitterKey ?? configuration.validator.key) as Hex | undefined
  if (override || !key || !configuration.checkpoint.submit) return undefined
  const { urls } = configuration.ethereum
  const rootChain = createRootChain({ deployment, urls, account: privateKeyToAccount(key) })
  return async (votes, salt, signal) => {
    await relayDoubleVote(rootChain, { votes, headerAt, salt, signal })
  }
}

/** The first validator set of the chain, read once and kept: a restart must not need Ethereum. Errors (thrown): ethereum.unavailable. */
export async function validatorSetOf(
  connection: RootChainConnection,
  store: ChainStore,
): Promise<ValidatorSet> {
  const { deployment, configuration, override } = connection
  if (override) return override.validatorSet
  const known = store.tables.meta.get('validators')
  if (known) return parseSet(known.toString())
  const set = await readFirstSet({ deployment, ...configuration.ethereum })
  const text = JSON.stringify(set, (_, value) => (typeof value === 'bigint' ? value.toString() : value))
  await store.tables.meta.put('validators', Buffer.from(text))
  return set
}

function parseSet(text: string): ValidatorSet {
  const { id, validators } = JSON.parse(text) as { id: string; validators: { address: Hex; power: string }[] }
  return {
    id: BigInt(id),
    validators: validators.map(({ address, power }) => ({ address, power: BigInt(power) })),
  }
}
