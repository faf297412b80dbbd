import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from '@omg/protocol'
import { nodeError } from '../../errors.ts'
import { type ConfigFileOptions, configFile } from './config-file.ts'
import { readGenesis } from './genesis.ts'
import { nodeId, nodeKeyFile, nodeSeed, randomPrivateKey, seedOfNodeKey, validatorKeyFile } from './keys.ts'

/** Only our own user reads keys. */
const SECRET_MODE = 0o600
const FRESH_SIGN_STATE = '{\n  "height": "0",\n  "round": 0,\n  "step": 0\n}\n'

export interface HomeOptions {
  /** CometBFT's folder: config/ and data/. */
  home: string
  chainId: string
  /** The validator's signing key; undefined on a node that only follows. */
  key: Hex | undefined
  /** The genesis of the network; used when the folder has none yet. */
  genesis: () => Promise<string>
  config: ConfigFileOptions
}

/** What a prepared folder says about its node. */
export interface Home {
  nodeId: string
  /** Validators of the genesis. */
  validators: number
}

/**
 * Prepares CometBFT's folder. Genesis, node key and the record of what was signed are made once and kept; the configuration is written
 * anew. Errors (thrown): engine.genesis, config.invalid.
 */
export async function prepareHome({ home, chainId, key, genesis, config }: HomeOptions): Promise<Home> {
  const inConfig = (name: string) => join(home, 'config', name)
  const signState = join(home, 'data', 'priv_validator_state.json')
  for (const folder of ['config', 'data']) mkdirSync(join(home, folder), { recursive: true })
  if (!existsSync(inConfig('genesis.json'))) writeWhole(inConfig('genesis.json'), await genesis())
  const known = readGenesis(readFileSync(inConfig('genesis.json'), 'utf8'))
  if (known?.chainId !== chainId) {
    const message = `The genesis in ${home} is of ${known?.chainId ?? 'no chain'}; this node is of ${chainId}.`
    throw nodeError('engine.genesis', message)
  }
  const validatorKey = inConfig('priv_validator_key.json')
  if (key) writeWhole(validatorKey, validatorKeyFile(key), SECRET_MODE)
  else if (!existsSync(validatorKey))
    writeWhole(validatorKey, validatorKeyFile(randomPrivateKey()), SECRET_MODE)
  // Written once and never again: it is what keeps this key from voting twice.
  if (!existsSync(signState)) writeWhole(signState, FRESH_SIGN_STATE, SECRET_MODE)
  const nodeKey = inConfig('node_key.json')
  if (!existsSync(nodeKey)) writeWhole(nodeKey, nodeKeyFile(nodeSeed(key)), SECRET_MODE)
  writeWhole(inConfig('config.toml'), configFile(config))
  return { nodeId: nodeId(seedOfNodeKey(readFileSync(nodeKey, 'utf8'))), validators: known.validators }
}

/** A reader sees the old file or the new one, never half of it. */
function writeWhole(path: string, text: string, mode = 0o644): void {
  writeFileSync(`${path}.new`, text, { mode })
  renameSync(`${path}.new`, path)
}
