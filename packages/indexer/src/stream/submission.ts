import { followerError, type Nodes } from '@omg/follower'
import {
  fail,
  type Hash,
  type Hex,
  MAX_SIGNED_TRANSACTION_BYTES,
  type OmgError,
  ok,
  type Result,
  type TxHash,
} from '@omg/protocol'
import { z } from 'zod'
import { RateLimit } from '../api/rate.ts'
import { indexerError } from '../errors.ts'

/** Digits of the longest transaction, with its 0x. */
export const MAX_TRANSACTION_CHARACTERS = 2 + 2 * MAX_SIGNED_TRANSACTION_BYTES
/** Longest message that hands in a transaction, in bytes: its id and names beside the digits. */
export const MAX_SUBMISSION_BYTES = MAX_TRANSACTION_CHARACTERS + 512

export interface SubmissionLimits {
  /** Of one connection that the node has not answered yet. */
  readonly submissions: number
  /** Of one connection a second; twice as many at once. */
  readonly submissionsPerSecond: number
  /** Of all connections that the node has not answered yet. */
  readonly submissionsInFlight: number
}

/** What the node took: a payment by its hash, an instruction by its own until it is in a block. */
export type Submitted = { readonly txHash: TxHash } | { readonly txHash: null; readonly instruction: Hash }

/** Errors: `node.unreachable`, `node.malformed`, or the node's own. */
export type Submit = (transaction: Hex) => Promise<Result<Submitted, OmgError>>

const hash = z.string().regex(/^0x[0-9a-f]{64}$/)
const submittedSchema = z.union([
  z.object({ txHash: hash.transform(text => text as TxHash) }),
  z.object({ txHash: z.null(), instruction: hash.transform(text => text as Hash) }),
])

/** Hands signed transactions to the node, as they are. */
export function submitTo(nodes: Nodes): Submit {
  return async transaction => {
    const asked = await nodes.ask('omg_submit', { transaction })
    if (!asked.ok) return asked
    const parsed = submittedSchema.safeParse(asked.value)
    return parsed.success
      ? ok(parsed.data)
      : fail(followerError('node.malformed', `omg_submit: ${z.prettifyError(parsed.error)}`))
  }
}

/** Where all connections hand in transactions: what one of them may send is bounded, and what the node has to answer at once. */
export class SubmissionDesk {
  readonly #submit: Submit
  readonly #limits: SubmissionLimits
  #inFlight = 0

  constructor(submit: Submit, limits: SubmissionLimits) {
    this.#submit = submit
    this.#limits = limits
  }

  /** A place for one connection. Errors of what it takes: those of {@link Submit}, `request.limit`, `request.rate`. */
  open(now: () => number = performance.now.bind(performance)): Submit {
    const { submissions, submissionsPerSecond, submissionsInFlight } = this.#limits
    const rate = new RateLimit(submissionsPerSecond, now)
    let waiting = 0
    return async transaction => {
      if (waiting >= submissions) {
        return fail(indexerError('request.limit', `${submissions} transactions of this connection wait`))
      }
      if (this.#inFlight >= submissionsInFlight) {
        return fail(indexerError('request.limit', `${submissionsInFlight} transactions wait for the node`))
      }
      if (rate.take('') > 0) {
        return fail(indexerError('request.rate', `more than ${submissionsPerSecond} transactions a second`))
      }
      waiting++
      this.#inFlight++
      try {
        return await this.#submit(transaction)
      } finally {
        waiting--
        this.#inFlight--
      }
    }
  }
}
