import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Hash, Hex } from '@omg/protocol'
import { z } from 'zod'
import { nodeError } from '../errors.ts'

/** Name of the file in the signer's folder that says what was voted last. A backup must not bring it back. */
export const VOTE_FILE = 'signed-votes'

/** In the order in which a round has them. */
export const STEPS = { proposal: 1, prevote: 2, precommit: 3 } as const

/** A message of the consensus, of which a key signs one. */
export interface SignedStep {
  readonly height: bigint
  readonly round: number
  readonly step: (typeof STEPS)[keyof typeof STEPS]
  /** Hash of what is signed, but for its time. */
  readonly identity: Hash
  readonly seconds: bigint
  readonly nanos: number
}

const decimal = z.string().regex(/^-?\d{1,19}$/)
const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`))
const entry = z.strictObject({
  height: decimal,
  round: z.int().min(0),
  step: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  identity: hex(32),
  seconds: decimal,
  nanos: z.int().min(0),
  signature: hex(65),
})

/** What was signed last, with its signature. */
interface LastStep extends SignedStep {
  readonly signature: Hex
}

/**
 * The last message that this key has signed in the consensus, on disk before its signature leaves: nothing of an earlier height, round or step is
 * signed, and nothing else in its place. The same message at another time, after a crash, gets the old time and the old signature.
 */
export class VoteRecord {
  readonly #path: string
  #last: LastStep | undefined

  /** Errors (thrown): signer.record. */
  constructor(directory: string) {
    this.#path = join(directory, VOTE_FILE)
    if (!existsSync(this.#path)) return
    try {
      const { height, seconds, ...rest } = entry.parse(JSON.parse(readFileSync(this.#path, 'utf8')))
      this.#last = { ...rest, height: BigInt(height), seconds: BigInt(seconds) } as LastStep
    } catch (cause) {
      throw nodeError('signer.record', `${this.#path} is damaged.`, cause)
    }
  }

  /** Height of the last message; 0 before the first. */
  get height(): bigint {
    return this.#last?.height ?? 0n
  }

  /**
   * Signs a message, or finds that it is signed. It is on disk when this returns. Errors (thrown): signer.regression, signer.equivocation,
   * signer.record.
   */
  sign(wanted: SignedStep, sign: () => Hex): LastStep {
    const last = this.#last
    const order = last ? compare(wanted, last) : 1
    if (last && order < 0) {
      throw nodeError(
        'signer.regression',
        `${nameOf(wanted)} is before ${nameOf(last)}, which this key has signed.`,
      )
    }
    if (last && order === 0) {
      if (wanted.identity === last.identity) return last
      throw nodeError('signer.equivocation', `This key has signed another message in ${nameOf(last)}.`)
    }
    const signed = { ...wanted, signature: sign() }
    this.#write(signed)
    this.#last = signed
    return signed
  }

  /** A new file takes the place of the old one, whole. */
  #write({ height, seconds, ...rest }: LastStep): void {
    try {
      const text = JSON.stringify({ height: String(height), seconds: String(seconds), ...rest })
      const file = openSync(`${this.#path}.next`, 'w', 0o600)
      try {
        writeSync(file, text)
        fdatasyncSync(file)
      } finally {
        closeSync(file)
      }
      renameSync(`${this.#path}.next`, this.#path)
      const directory = openSync(dirname(this.#path), 'r')
      try {
        fsyncSync(directory)
      } finally {
        closeSync(directory)
      }
    } catch (cause) {
      throw nodeError('signer.record', `${this.#path} cannot be written, so nothing is signed.`, cause)
    }
  }
}

const nameOf = ({ height, round, step }: SignedStep) => `height ${height}, round ${round}, step ${step}`

function compare(a: SignedStep, b: SignedStep): number {
  if (a.height !== b.height) return a.height < b.height ? -1 : 1
  return a.round - b.round || a.step - b.step
}
