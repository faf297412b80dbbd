import { join } from 'node:path'
import { fromHex, type Hex, type OmgError } from '@omg/protocol'
import type { Logger } from 'pino'
import type { Configuration } from '../configuration/schema.ts'
import { enginePower, type ValidatorSet } from '../rootchain/validator-sets.ts'
import { CometBftEngine } from './cometbft/cometbft.ts'
import { publicKeyOf } from './cometbft/keys.ts'
import type { ConsensusEngine, EngineValidator } from './engine.ts'
import { SoloEngine } from './solo.ts'

/** What an engine is made for. */
export interface EngineWanted {
  readonly chainId: string
  /** Ourselves. */
  readonly validator: EngineValidator
  /** Is a block wanted? */
  readonly hasWork: () => boolean
  readonly onError: (error: OmgError) => void
}

export type EngineFactory = (wanted: EngineWanted) => ConsensusEngine

export interface ConfiguredEngineParts {
  readonly wanted: EngineWanted
  readonly configuration: Configuration
  /** Seconds since 1970. */
  readonly clock: () => bigint
  readonly logger: Logger
  /** The first validator set of the chain. */
  readonly validatorSet: ValidatorSet
  /** Who signs here; undefined where this node only follows. */
  readonly signer: Hex | undefined
}

/** The engine that the settings name. */
export function configuredEngine(parts: ConfiguredEngineParts): ConsensusEngine {
  const { wanted, configuration, clock, logger, validatorSet, signer } = parts
  const { intervalMilliseconds, emptyMilliseconds } = configuration.block
  const emptyBlocks = emptyMilliseconds > 0 ? { emptyBlockMilliseconds: emptyMilliseconds } : {}
  if (configuration.consensus.engine === 'solo') {
    return new SoloEngine({ ...wanted, ...emptyBlocks, intervalMilliseconds, clock })
  }
  const { engine: _, ...consensus } = configuration.consensus
  const key = configuration.validator.key
  return new CometBftEngine({
    ...{ ...wanted, ...emptyBlocks, ...consensus, key, clock, logger },
    signer: configuration.validator.signer,
    home: join(configuration.dataDirectory, 'cometbft'),
    validator: wanted.validator.address,
    validators: validatorSet.validators.map(member => ({
      ...{ address: fromHex(member.address), power: enginePower(member) },
      ...(key && member.address === signer ? { publicKey: publicKeyOf(key) } : {}),
    })),
  })
}
