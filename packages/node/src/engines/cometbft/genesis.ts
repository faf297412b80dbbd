import { toHex } from '@omg/protocol'
import { nodeError } from '../../errors.ts'
import type { EngineValidator } from '../engine.ts'
import { publicKeyJson } from './keys.ts'

/** Most bytes of a block: what a node may be configured to fill (60 MiB), and the votes and evidence that come with it. */
export const ENGINE_BLOCK_BYTES = engineBlockBytes(60 * 1024 * 1024)
/** Most bytes of a block with so many bytes of people's transactions: what the chain adds, votes and evidence come with them. */
export function engineBlockBytes(bytes: number): number {
  return bytes + 36 * 1024 * 1024
}

/** Evidence of misbehaviour counts while the stake behind it can still be slashed: 21 days, in nanoseconds and in blocks of a second. */
const EVIDENCE_NANOSECONDS = 21n * 24n * 3_600n * 1_000_000_000n
const EVIDENCE_BLOCKS = 21n * 24n * 3_600n

export interface GenesisOptions {
  /** Of `consensusChainId`. */
  chainId: string
  /** Seconds since 1970: the time of the first block. */
  time: bigint
  /** Each with its public key. */
  validators: readonly EngineValidator[]
}

/** `genesis.json`: the same bytes for every node of a network. Errors (thrown): engine.genesis. */
export function genesisFile({ chainId, time, validators }: GenesisOptions): string {
  if (validators.length === 0 || validators.some(({ publicKey }) => !publicKey)) {
    const message = `This network has ${validators.length} validators; their genesis must be given.`
    throw nodeError('engine.genesis', message)
  }
  const genesis = {
    genesis_time: new Date(Number(time) * 1000).toISOString().replace('.000Z', 'Z'),
    chain_id: chainId,
    initial_height: '1',
    consensus_params: {
      block: { max_bytes: String(ENGINE_BLOCK_BYTES), max_gas: '-1' },
      evidence: {
        max_age_num_blocks: String(EVIDENCE_BLOCKS),
        max_age_duration: String(EVIDENCE_NANOSECONDS),
        max_bytes: '1048576',
      },
      validator: { pub_key_types: ['secp256k1eth'] },
      version: { app: '0' },
      // Every vote may bring its checkpoint's signature from the first block on.
      abci: { vote_extensions_enable_height: '1' },
    },
    validators: validators.map(({ address, publicKey, power }) => ({
      address: toHex(address).slice(2).toUpperCase(),
      pub_key: publicKeyJson(publicKey!),
      power: String(power),
      name: '',
    })),
    app_hash: '',
  }
  return `${JSON.stringify(genesis, null, 2)}\n`
}

/** The chain that a genesis is of, and how many validators it begins with; undefined if it is none. */
export function readGenesis(text: string): { chainId: string; validators: number } | undefined {
  try {
    const { chain_id, validators } = JSON.parse(text)
    return typeof chain_id === 'string' && Array.isArray(validators)
      ? { chainId: chain_id, validators: validators.length }
      : undefined
  } catch {
    return undefined
  }
}
