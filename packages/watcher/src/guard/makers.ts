import {
  type Domain,
  decodeTransaction,
  fromHex,
  type Hex,
  outputId,
  type Position,
  parsePosition,
  transactionHash,
} from '@omg/protocol'
import type { Creator } from '@omg/rootchain'
import type { ExitClaim, Shown } from './claim.ts'

export interface MakersOptions {
  readonly domain: Domain
  /** What the blocks that this watcher has checked hold at a position. */
  readonly blocks: { creatorAt(position: Position): Creator | undefined }
  /** What an Ethereum transaction shows to have made the outputs whose exits it starts. */
  readonly shownIn: (transactionHash: Hex) => Promise<readonly Creator[]>
}

/**
 * Finds the PAY that made an exiting output. The watcher's own blocks have it, and cost nothing to ask; only what stands in a
 * block that it was not given, or refused, is read from the transaction that started the exit.
 */
export class Makers {
  readonly #options: MakersOptions
  /** Exits of which their Ethereum transactions show nothing: asked once. */
  readonly #silent = new Set<string>()
  /** Exits of which the own blocks show nothing either. */
  readonly #fruitless = new Set<string>()

  constructor(options: MakersOptions) {
    this.#options = options
  }

  /** Undefined for a deposit, for what is no PAY, and while it cannot be found. */
  async find(claim: ExitClaim): Promise<Shown | undefined> {
    const key = `${claim.startedBy} ${claim.id}`
    if (claim.origin === null || this.#fruitless.has(key)) return undefined
    const own = this.#options.blocks.creatorAt(claim.origin.position)
    const shown = this.#check(claim, own) ?? (await this.#fromEthereum(claim, key))
    // What stands in a block does not change, nor does calldata: it is no PAY, or nobody shows it.
    if (shown === undefined && own !== undefined && this.#silent.has(key)) this.#fruitless.add(key)
    return shown
  }

  async #fromEthereum(claim: ExitClaim, key: string): Promise<Shown | undefined> {
    if (this.#silent.has(key)) return undefined
    let creators: readonly Creator[]
    try {
      creators = await this.#options.shownIn(claim.startedBy)
    } catch {
      // A provider that does not answer is the business of another alarm; the next round asks again.
      return undefined
    }
    for (const creator of creators) {
      const shown = this.#check(claim, creator)
      if (shown !== undefined) return shown
    }
    this.#silent.add(key)
    return undefined
  }

  /** The hash is the proof: neither an own block of a chain that forked nor a stranger's calldata is believed otherwise. */
  #check({ origin, outputId: exiting }: ExitClaim, creator: Creator | undefined): Shown | undefined {
    const decoded = creator && decodeTransaction(fromHex(creator.transaction))
    if (creator === undefined || !decoded?.ok || decoded.value.kind !== 'pay') return undefined
    const txHash = transactionHash(decoded.value, this.#options.domain)
    if (outputId(txHash, creator.outputIndex) !== exiting) return undefined
    const { checkpoint, shard, index } = parsePosition(origin!.position)
    const leaf = (checkpoint << 24n) | BigInt((shard << 16) | index)
    return { txHash, inputs: decoded.value.inputs, creator, leaf }
  }
}
