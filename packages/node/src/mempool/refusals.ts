import type { Result } from '@omg/protocol'
import { fail, type OmgError } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import type { Admission, Submitted } from './admission.ts'

/** What one peer may send in vain: so many at once, and so many a second. Checking one costs about as much as a signature. */
export const REFUSAL_LIMITS = { burst: 20_000, perSecond: 500 } as const
/** Peers that are remembered; the one that was refused longest ago is forgotten first. */
const MAX_PEERS = 10_000

/** The way into the mempool, as one peer has it. */
export type Submissions = Pick<Admission, 'submit' | 'submitMany' | 'waitingBytes'>

interface Peer {
  /** Refusals that count against it, as of a time. */
  spent: number
  at: number
}

/**
 * Refused transactions and instructions cost their sender nothing, and the node a signature each (A30). A peer that goes on sending
 * them waits.
 */
export class Refusals {
  readonly #peers = new Map<string, Peer>()
  readonly #now: () => number
  readonly #limits: { readonly burst: number; readonly perSecond: number }

  /** @param now Milliseconds. */
  constructor(limits: Refusals['limits'] = REFUSAL_LIMITS, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#now = now
  }

  get limits(): { readonly burst: number; readonly perSecond: number } {
    return this.#limits
  }

  /** The admission, where what is refused counts against a peer. */
  of(admission: Submissions, peer: string): Submissions {
    const counted = (results: readonly Submitted[]) => {
      const refused = results.filter(result => !result.ok && !isFree(result.error)).length
      if (refused > 0) this.#spend(peer, refused)
    }
    return {
      get waitingBytes() {
        return admission.waitingBytes
      },
      submit: async bytes => {
        if (this.#isOver(peer)) return this.#refusal()
        const result = await admission.submit(bytes)
        counted([result])
        return result
      },
      submitMany: async (bytes, bounds) => {
        if (this.#isOver(peer)) return Array.from({ length: bounds.length / 2 }, () => this.#refusal())
        const results = await admission.submitMany(bytes, bounds)
        counted(results)
        return results
      },
    }
  }

  #refusal(): Result<never, OmgError> {
    return fail(nodeError('mempool.rate', 'Too much of what you sent was refused; what you send next waits.'))
  }

  #isOver(peer: string): boolean {
    return this.#spent(peer) >= this.#limits.burst
  }

  #spent(peer: string): number {
    const known = this.#peers.get(peer)
    if (!known) return 0
    return Math.max(0, known.spent - ((this.#now() - known.at) / 1_000) * this.#limits.perSecond)
  }

  #spend(peer: string, count: number): void {
    const spent = this.#spent(peer) + count
    this.#peers.delete(peer)
    this.#peers.set(peer, { spent, at: this.#now() })
    if (this.#peers.size <= MAX_PEERS) return
    const [oldest] = this.#peers.keys()
    this.#peers.delete(oldest!)
  }
}

/** Known by its bytes or refused before it was looked at. */
function isFree({ code }: OmgError): boolean {
  return code === 'mempool.duplicate' || /^(node|store)\./.test(code)
}
