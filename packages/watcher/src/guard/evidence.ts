import {
  inputCount,
  type Mapper,
  mapError,
  recordAt,
  recordHash,
  recordInput,
  recordSigned,
  recordSigners,
} from '@omg/ledger'
import {
  type Address,
  type Domain,
  decodeSignedTransaction,
  decodeTransaction,
  encodeTransaction,
  encodeWitness,
  fail,
  fromHex,
  inputsOf,
  OmgError,
  type OutputId,
  ok,
  ownerOfGuard,
  type Pay,
  type Position,
  type Result,
  type SignedTransaction,
  type TxHash,
  toHex,
  transactionHash,
  unwrap,
} from '@omg/protocol'
import type { Creator, Inclusion, Spend as ShownSpend, SignedPay } from '@omg/rootchain'
import type { Checkpoints, Proven } from '../chain/checkpoints.ts'
import { watcherError } from '../error.ts'
import type { Place } from '../store/facts.ts'
import type { Store } from '../store/store.ts'
import type { Leaf, Sightings, Spend } from './claim.ts'

export interface EvidenceOptions {
  readonly store: Store
  readonly checkpoints: Checkpoints
  readonly domain: Domain
  readonly map: Mapper
  /** Chain time in seconds. */
  readonly now: () => bigint
  /** The position of a live output. */
  readonly live: (outputId: Uint8Array) => Position | undefined
  /** Whether Ethereum has declared a transaction void: then it spends nothing. */
  readonly isVoid: (txHash: TxHash) => boolean
}

/** A payment as the exit games take it, with the proof that it stands in a checkpoint. */
export interface IncludedPay extends SignedPay {
  readonly inclusion: Inclusion
}

/** Everything seen that spends an output, and how to show it to Ethereum. */
export class Evidence implements Sightings {
  readonly #options: EvidenceOptions

  constructor(options: EvidenceOptions) {
    this.#options = options
  }

  spendsOf(outputId: OutputId): readonly Spend[] {
    const { store, checkpoints } = this.#options
    const id = fromHex(outputId)
    const place = store.spendOf(id)
    const included = place && checkpoints.signedAt(place)
    const spends: Spend[] = []
    if (place !== undefined && included?.signed.transaction.kind === 'pay') {
      const leaf = this.#leafAt(included.checkpoint, included.path)
      this.#add(spends, outputId, included.bytes, leaf)
    }
    for (const signed of store.evidenceFor(id)) this.#add(spends, outputId, signed, null)
    return spends
  }

  leafOf(txHash: TxHash, inputs: readonly OutputId[]): Leaf | null {
    const place = this.#placeOf(txHash, inputs)
    const found = place && this.#options.checkpoints.signedAt(place)
    return found === undefined ? null : this.#leafAt(found.checkpoint, found.path)
  }

  /**
   * Keeps a signed payment that is in no block, under each input whose owner signed it: what a stranger signs proves
   * nothing, and must not raise a false alarm. Errors: `encoding.*`, `signature.*`, `evidence.*`.
   */
  async add(signed: Uint8Array): Promise<Result<{ txHash: TxHash }, OmgError>> {
    const { map, store } = this.#options
    const batch = map(signed, Uint32Array.of(0, signed.length))
    const record = recordAt(batch, 0)
    if (record === undefined) return fail(mapError(batch, 0))
    const signers = recordSigners(record)
    const inputs = Array.from({ length: inputCount(record) }, (_, i) => recordInput(record, i).slice())
    const proven = inputs.filter(input => {
      const owner = this.#ownerOf(toHex(input) as OutputId)
      return owner !== undefined && signers.includes(owner)
    })
    if (proven.length === 0) {
      return fail(
        watcherError('evidence.useless', "it spends no output of this chain under its owner's signature"),
      )
    }
    try {
      const txHash = recordHash(record)
      await store.addEvidence(txHash, proven, recordSigned(record).slice())
      return ok({ txHash })
    } catch (error) {
      if (error instanceof OmgError) return fail(error)
      throw error
    }
  }

  /** A spend in the form the exit games take: all signatures, all creators, and the inclusion if there is one. */
  show(spend: Spend, outputId: OutputId): ShownSpend {
    const signed = this.signedPay(unwrap(decodeSignedTransaction(fromHex(spend.signed))))
    const shown = { ...signed, inputIndex: spend.inputIndex }
    const proven = spend.leaf === null ? undefined : this.prove(spend.txHash, [outputId])
    return proven === undefined ? shown : { ...shown, inclusion: proven.inclusion }
  }

  /** A payment with everything that shows its validity. Throws where a block that made one of its inputs is missing. */
  signedPay({ transaction, witness }: SignedTransaction): SignedPay {
    return {
      transaction: toHex(encodeTransaction(transaction)),
      witness: toHex(encodeWitness(witness)),
      creators: inputsOf(transaction).map(input => this.#creatorOf(input)),
    }
  }

  /** The inclusion of a transaction, found by an output it spends. */
  prove(txHash: TxHash, inputs: readonly OutputId[]): Proven | undefined {
    const place = this.#placeOf(txHash, inputs)
    return place && this.#options.checkpoints.prove(place)
  }

  /** An included payment, found by an output it spends, with everything that shows its validity and its inclusion. */
  included(txHash: TxHash, inputs: readonly OutputId[]): IncludedPay | undefined {
    const proven = this.prove(txHash, inputs)
    return proven && { ...this.signedPay(proven.signed), inclusion: proven.inclusion }
  }

  /** The payment that made an output. Throws for what is no PAY, or is not in a checkpoint that Ethereum has. */
  includedMaker({ transaction }: Creator): IncludedPay {
    const made = unwrap(decodeTransaction(fromHex(transaction)))
    const txHash = transactionHash(made, this.#options.domain)
    const included = made.kind === 'pay' ? this.included(txHash, made.inputs) : undefined
    if (included === undefined) throw new Error(`the ${made.kind} ${txHash} is not known to be included`)
    return included
  }

  /** Who owns an output, live or spent; undefined if it was never seen. */
  #ownerOf(outputId: OutputId): Address | undefined {
    const position = this.#positionOf(outputId)
    const output = position === undefined ? undefined : this.#options.checkpoints.outputAt(position)
    return output?.type === 'coin' || output?.type === 'item' ? ownerOfGuard(output.guard) : undefined
  }

  #creatorOf(outputId: OutputId): Creator {
    const position = this.#positionOf(outputId)
    const creator = position === undefined ? undefined : this.#options.checkpoints.creatorAt(position)
    if (creator === undefined) throw new Error(`nothing is known of the output ${outputId}`)
    return creator
  }

  /** Where an output was made: its spender points at it, and so does the unspent set. */
  #positionOf(outputId: OutputId): Position | undefined {
    const { live, store, checkpoints } = this.#options
    const id = fromHex(outputId)
    const position = live(id)
    if (position !== undefined) return position
    const place = store.spendOf(id)
    const spender = place && checkpoints.signedAt(place)
    if (place === undefined || spender === undefined) return undefined
    return checkpoints.inputPositionAt(place, inputsOf(spender.signed.transaction).indexOf(outputId))
  }

  #placeOf(txHash: TxHash, inputs: readonly OutputId[]): Place | undefined {
    const { store, checkpoints, domain } = this.#options
    const place = inputs[0] && store.spendOf(fromHex(inputs[0]))
    const found = place && checkpoints.signedAt(place)
    return found && transactionHash(found.signed.transaction, domain) === txHash ? place : undefined
  }

  #leafAt(checkpoint: bigint, path: number): Leaf | null {
    return checkpoint <= this.#options.checkpoints.lastAgreed() ? (checkpoint << 24n) | BigInt(path) : null
  }

  /**
   * R7, as ExitGame._isAlive: what was not included in time is dead, and proves nothing any more. Until a later
   * checkpoint is accepted it might still have been.
   */
  #isAlive(validUntil: bigint): boolean {
    const { now, store } = this.#options
    return validUntil >= now() || validUntil >= (store.lastCheckpoint()?.acceptedAt ?? 0n)
  }

  #add(spends: Spend[], outputId: OutputId, signed: Uint8Array, leaf: Leaf | null): void {
    const { transaction } = unwrap(decodeSignedTransaction(signed))
    const txHash = transactionHash(transaction, this.#options.domain)
    const inputIndex = inputsOf(transaction).indexOf(outputId)
    if (this.#options.isVoid(txHash)) return
    if (inputIndex < 0 || spends.some(known => known.txHash === txHash)) return
    const { validUntil } = transaction as Pay
    if (leaf === null && !this.#isAlive(validUntil)) return
    spends.push({ txHash, signed: toHex(signed), inputIndex, leaf, validUntil })
  }
}
