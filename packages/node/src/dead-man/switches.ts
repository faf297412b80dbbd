import {
  describeRecord,
  isInstructionRecord,
  type Ledger,
  type MapPool,
  type MappedRecord,
  mapError,
  recordAt,
  recordSigners,
  recordValidUntil,
} from '@omg/ledger'
import {
  type Address,
  fail,
  fromHex,
  type Guard,
  type Hash,
  type Hex,
  isTradingBalance,
  type OmgError,
  ok,
  type Result,
  ZERO_HASH,
} from '@omg/protocol'
import type { Database } from 'lmdb'
import { nodeError } from '../errors.ts'
import type { Admission } from '../mempool/admission.ts'

/** Instructions of one switch: as many as an owner may have carried out in one block. */
export const MAX_SWITCH_INSTRUCTIONS = 256
/** Switches that one signer may have armed. */
export const MAX_SWITCHES_OF_SIGNER = 4
/** Bytes of all instructions that the node holds for others. */
export const MAX_SWITCH_BYTES = 256 * 1024 * 1024
/** The shortest and the longest time without a sign of life, in seconds: an instruction is valid for two hours at most. */
export const SWITCH_SECONDS = { least: 1, most: 7_200 } as const
/** After a restart nothing fires for so many seconds: while the node was away nobody could refresh. */
export const RESTART_GRACE_SECONDS = 15n

/** What an owner wants to happen unless she shows up. */
export interface SwitchRequest {
  /** Chosen by the caller, and secret: who knows it may refresh and disarm. */
  readonly id: Hash
  /** Signed instructions that only cancel. Absent: those that the switch holds already. */
  readonly instructions?: readonly Hex[]
  readonly seconds: number
}

/** An armed switch. */
export interface ArmedSwitch {
  /** Seconds since 1970. */
  readonly firesAt: bigint
  readonly instructions: number
}

/** What is kept of a switch in memory; its instructions are on disk. */
interface Held {
  readonly signer: Address
  readonly firesAt: bigint
  /** The origin time after which the first of its instructions is dead. */
  readonly validUntil: bigint
  readonly count: number
  readonly bytes: number
}

export interface SwitchOptions {
  /** Id -> JSON of what is held, with its instructions. */
  readonly table: Database<string, string>
  readonly pool: MapPool
  readonly ledger: Ledger
  readonly admission: Admission
  /** What `validUntil` of an instruction is compared with, in seconds: the time of the next block's origin. */
  readonly originTime: () => bigint
  /** Seconds since 1970. */
  readonly clock: () => bigint
  readonly onFired: (id: Hash, results: { readonly sent: number; readonly refused: number }) => void
  /** The store failed under a switch that is due; it is tried again with the next tick. */
  readonly onFailed: (id: Hash, error: unknown) => void
}

/**
 * Dead-man switches: instructions that cancel orders, signed ahead, which the node submits unless their owner shows up in time. The
 * chain knows nothing of them: whoever does not trust one node with it arms several. They survive restarts.
 */
export class DeadManSwitches {
  readonly #options: SwitchOptions
  readonly #held = new Map<Hash, Held>()
  readonly #busy = new Set<Hash>()
  #bytes = 0

  constructor(options: SwitchOptions) {
    this.#options = options
    const earliest = options.clock() + RESTART_GRACE_SECONDS
    for (const { key, value } of options.table.getRange({})) {
      const { held } = decode(value)
      this.#hold(key as Hash, { ...held, firesAt: held.firesAt > earliest ? held.firesAt : earliest })
    }
  }

  /** Armed switches. */
  get size(): number {
    return this.#held.size
  }

  /**
   * Arms a switch, or moves the time of one that is armed.
   * Errors: `deadman.unknown`, `.instruction`, `.lifetime`, `.full`, and those of the map stage.
   */
  async arm({ id, instructions, seconds }: SwitchRequest): Promise<Result<ArmedSwitch, OmgError>> {
    const known = this.#held.get(id)
    const firesAt = this.#options.clock() + BigInt(seconds)
    if (instructions === undefined) {
      if (!known) return refuse('deadman.unknown', `No switch ${id} is armed.`)
      if (!this.#livesFor(known.validUntil, seconds)) return this.#tooShort(known.validUntil, seconds)
      const { instructions: signed } = decode(this.#options.table.get(id)!)
      return ok(await this.#keep(id, { ...known, firesAt }, signed))
    }
    const checked = await this.#check(instructions)
    if (!checked.ok) return checked
    const { signer, validUntil } = checked.value
    if (known && known.signer !== signer) return refuse('deadman.unknown', 'The switch is of another signer.')
    if (!this.#livesFor(validUntil, seconds)) return this.#tooShort(validUntil, seconds)
    const bytes = instructions.reduce((sum, { length }) => sum + length, 0)
    const others = [...this.#held].filter(([other, held]) => other !== id && held.signer === signer)
    if (others.length >= MAX_SWITCHES_OF_SIGNER) {
      return refuse('deadman.full', `${signer} has ${others.length} switches armed.`)
    }
    if (this.#bytes - (known?.bytes ?? 0) + bytes > MAX_SWITCH_BYTES) {
      return refuse('deadman.full', 'The node holds no more switches.')
    }
    const held = { signer, firesAt, validUntil, count: instructions.length, bytes }
    return ok(await this.#keep(id, held, instructions))
  }

  /** Whether there was such a switch. */
  async disarm(id: Hash): Promise<boolean> {
    const found = this.#release(id)
    if (found) await this.#options.table.remove(id)
    return found
  }

  /** Submits what is due. */
  tick(): void {
    const now = this.#options.clock()
    for (const [id, { firesAt }] of this.#held) {
      if (firesAt > now || this.#busy.has(id)) continue
      this.#busy.add(id)
      this.#fire(id)
        .catch(error => this.#options.onFailed(id, error))
        .finally(() => this.#busy.delete(id))
    }
  }

  async #fire(id: Hash): Promise<void> {
    const { table, admission, onFired, clock } = this.#options
    const { instructions } = decode(table.get(id)!)
    const results = await Promise.all(instructions.map(signed => admission.submit(fromHex(signed))))
    // What the node could not take now it takes in a second; what the rules refuse has nothing to cancel any more.
    const left = instructions.filter((_, i) => {
      const result = results[i]!
      return !result.ok && isPassing(result.error)
    })
    const held = this.#held.get(id)
    // Disarmed or refreshed meanwhile: what went out is out, the rest is as its owner said last.
    if (!held || held.firesAt > clock()) return
    const sent = results.filter(result => result.ok).length
    onFired(id, { sent, refused: results.length - sent - left.length })
    if (left.length === 0 || held.validUntil < this.#options.originTime()) await this.disarm(id)
    else await this.#keep(id, { ...held, firesAt: clock() + 1n, count: left.length }, left)
  }

  /** Signed instructions of one signer, each of which only cancels live orders of hers. */
  async #check(
    instructions: readonly Hex[],
  ): Promise<Result<{ signer: Address; validUntil: bigint }, OmgError>> {
    const parts = instructions.map(fromHex)
    const bounds = new Uint32Array(2 * parts.length)
    for (let i = 0, at = 0; i < parts.length; i++) {
      bounds[2 * i] = at
      at += parts[i]!.length
      bounds[2 * i + 1] = at
    }
    const batch = await this.#options.pool.map(Buffer.concat(parts), bounds)
    let [signer, validUntil] = [undefined as Address | undefined, undefined as bigint | undefined]
    for (let i = 0; i < parts.length; i++) {
      const record = recordAt(batch, i)
      if (!record) return fail(mapError(batch, i))
      const [own] = recordSigners(record)
      if (!own || !this.#cancelsOf(record, own) || (signer !== undefined && own !== signer)) {
        return refuse('deadman.instruction', `Instruction ${i} does not only cancel orders of its signer.`)
      }
      signer = own
      const until = recordValidUntil(record)
      if (validUntil === undefined || until < validUntil) validUntil = until
    }
    return ok({ signer: signer!, validUntil: validUntil! })
  }

  #cancelsOf(record: MappedRecord, signer: Address): boolean {
    if (!isInstructionRecord(record)) return false
    const { transaction, witness } = describeRecord(record)
    if (transaction.kind !== 'move' || !witness.orderTerms.every(isTradingBalance)) return false
    return transaction.steps.every(({ guard, amount }) => amount === 0n && this.#isOf(guard, signer))
  }

  #isOf(guard: Guard, signer: Address): boolean {
    const { terms, live } = this.#options.ledger.orders.holding(guard) ?? {}
    if (!terms || !live || terms.market === ZERO_HASH) return false
    return terms.owner === signer || terms.agent === signer
  }

  #livesFor(validUntil: bigint, seconds: number): boolean {
    return validUntil >= this.#options.originTime() + BigInt(seconds)
  }

  #tooShort(validUntil: bigint, seconds: number) {
    const left = validUntil - this.#options.originTime()
    return refuse(
      'deadman.lifetime',
      `An instruction is valid for ${left} s more, and fires after ${seconds} s.`,
    )
  }

  async #keep(id: Hash, held: Held, instructions: readonly Hex[]): Promise<ArmedSwitch> {
    this.#release(id)
    this.#hold(id, held)
    await this.#options.table.put(id, encode(held, instructions))
    return { firesAt: held.firesAt, instructions: held.count }
  }

  #hold(id: Hash, held: Held): void {
    this.#held.set(id, held)
    this.#bytes += held.bytes
  }

  #release(id: Hash): boolean {
    this.#bytes -= this.#held.get(id)?.bytes ?? 0
    return this.#held.delete(id)
  }
}

/** A refusal that has nothing to do with the instruction. */
function isPassing({ code }: OmgError): boolean {
  return /^(node|store)\./.test(code) || code === 'mempool.full' || code === 'mempool.rate'
}

function refuse(code: Parameters<typeof nodeError>[0], message: string): Result<never, OmgError> {
  return fail(nodeError(code, message))
}

function encode({ signer, firesAt, validUntil }: Held, instructions: readonly Hex[]): string {
  return JSON.stringify({ signer, firesAt: String(firesAt), validUntil: String(validUntil), instructions })
}

function decode(value: string): { held: Held; instructions: readonly Hex[] } {
  const { signer, firesAt, validUntil, instructions } = JSON.parse(value) as {
    signer: Address
    firesAt: string
    validUntil: string
    instructions: Hex[]
  }
  const bytes = instructions.reduce((sum, { length }) => sum + length, 0)
  const times = { firesAt: BigInt(firesAt), validUntil: BigInt(validUntil) }
  return { held: { signer, ...times, count: instructions.length, bytes }, instructions }
}
