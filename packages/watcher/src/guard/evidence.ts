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
  encodeTransaction,
  fail,
  fromHex,
  type Hex,
  inputsOf,
  OmgError,
  type Output,
  type OutputId,
  ok,
  ownerOfGuard,
  type Pay,
  type Result,
  recoverSigner,
  type TxHash,
  toHex,
  transactionHash,
  unwrap,
} from '@omg/protocol'
import type { Spend as ShownSpend } from '@omg/rootchain'
import type { Checkpoints, Proven } from '../chain/checkpoints.ts'
import { watcherError } from '../error.ts'
import type { Place, Store } from '../store/store.ts'
import type { Leaf, Sightings, Spend } from './claim.ts'

export interface EvidenceOptions {
  readonly store: Store
  readonly checkpoints: Checkpoints
  readonly domain: Domain
  readonly map: Mapper
  /** Chain time in seconds. */
  readonly now: () => bigint
  /** A live output. */
  readonly live: (outputId: Uint8Array) => Output | undefined
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
      const owner = this.ownerOf(toHex(input) as OutputId)
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

  /** Who owns an output, live or spent; undefined if it was never seen. */
  ownerOf(outputId: OutputId): Address | undefined {
    const { live, store, checkpoints } = this.#options
    const id = fromHex(outputId)
    const place = store.spendOf(id)
    const spender = place && checkpoints.signedAt(place)
    const inputIndex = spender === undefined ? -1 : inputsOf(spender.signed.transaction).indexOf(outputId)
    const position =
      place === undefined || inputIndex < 0 ? undefined : checkpoints.inputPositionAt(place, inputIndex)
    const output = live(id) ?? (position === undefined ? undefined : checkpoints.outputAt(position))
    return output?.type === 'coin' || output?.type === 'item' ? ownerOfGuard(output.guard) : undefined
  }

  /** A spend in the form the exit games take: with the signature of the owner, and the inclusion if there is one. */
  show(spend: Spend, outputId: OutputId): ShownSpend {
    const { transaction, witness } = unwrap(decodeSignedTransaction(fromHex(spend.signed)))
    const signature = signatureOf(spend.txHash, witness.signatures, this.ownerOf(outputId))
    const shown = {
      transaction: toHex(encodeTransaction(transaction)),
      inputIndex: spend.inputIndex,
      signature,
    }
    const proven = spend.leaf === null ? undefined : this.prove(spend.txHash, [outputId])
    return proven === undefined ? shown : { ...shown, inclusion: proven.inclusion }
  }

  /** The inclusion of a transaction, found by an output it spends. */
  prove(txHash: TxHash, inputs: readonly OutputId[]): Proven | undefined {
    const place = this.#placeOf(txHash, inputs)
    return place && this.#options.checkpoints.prove(place)
  }

  /** Each input with the signature of its owner: what shows that the owners wanted a transaction. */
  signaturesOf(
    { signed: { transaction, witness } }: Proven,
    txHash: TxHash,
  ): { inputIndex: number; signature: Hex }[] {
    return inputsOf(transaction).map((input, inputIndex) => ({
      inputIndex,
      signature: signatureOf(txHash, witness.signatures, this.ownerOf(input)),
    }))
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

  #add(spends: Spend[], outputId: OutputId, signed: Uint8Array, leaf: Leaf | null): void {
    const { transaction } = unwrap(decodeSignedTransaction(signed))
    const txHash = transactionHash(transaction, this.#options.domain)
    const inputIndex = inputsOf(transaction).indexOf(outputId)
    if (inputIndex < 0 || spends.some(known => known.txHash === txHash)) return
    // R7: what was not included in time is dead, and proves nothing any more.
    if (leaf === null && (transaction as Pay).validUntil < this.#options.now()) return
    spends.push({ txHash, signed: toHex(signed), inputIndex, leaf })
  }
}

/** The signature by `owner`; the only one there is, where the owner is not known. */
export function signatureOf(txHash: TxHash, signatures: readonly Hex[], owner: Address | undefined): Hex {
  const found = signatures.find(signature => {
    const signer = recoverSigner(txHash, signature)
    return signer.ok && signer.value === owner
  })
  const chosen = found ?? signatures[0]
  if (chosen === undefined) throw new Error(`transaction ${txHash} carries no signature`)
  return chosen
}
