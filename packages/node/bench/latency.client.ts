import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fastKeccak256 } from '@omg/ledger'
import { OrderLoad } from '@omg/ledger/bench/orders'
import { HASH_BYTES, installKeccak256, type OutputId, toHex } from '@omg/protocol'
import { encodeBundle } from '../src/mempool/bundle.ts'
import { decodeResults } from '../src/rpc/bundle.ts'

/*
 * The submitting side of bench/latency.ts, a process of its own. It signs every phase first and says `ready`; then at each `{ phase }` it
 * posts that phase as fast as the node takes it, and at each `{ phase, perSecond }` by a schedule that waits for nobody.
 */

/** Instructions of one bundle, where there is no schedule. */
const BUNDLE = 250
const IN_FLIGHT = 24
/** What is due is looked at so often. */
const TICK_MILLISECONDS = 2

/** What the client is told first. */
export interface LatencyWork {
  readonly url: string
  readonly traders: number
  readonly rounds: number
  readonly fee: string
  readonly validUntil: string
  /** The deposits of the load, 32 bytes each, in base64. */
  readonly ids: string
}

/** What it is told then. */
export interface LatencyPhase {
  readonly phase: number
  /** Instructions a second; as fast as they go where absent. */
  readonly perSecond?: number
}

/** What it answers when everything was answered. */
export interface LatencyAnswer {
  readonly refused: readonly string[]
  /** In the order of the schedule. */
  readonly hashes: readonly string[]
  /** When the first was due, in nanoseconds of the machine's monotonic clock, and how far apart they are. */
  readonly start: string
  readonly interval: number
}

installKeccak256(fastKeccak256)

function sign({ traders, rounds, fee, validUntil, ids }: LatencyWork): Uint8Array[][] {
  const load = new OrderLoad(traders, { fee: BigInt(fee), validUntil: BigInt(validUntil), gathers: false })
  const bytes = Buffer.from(ids, 'base64')
  load.own(
    Array.from({ length: bytes.length / HASH_BYTES }, (_, i) => {
      return toHex(bytes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1))) as OutputId
    }),
  )
  return [load.balances(), load.opening(), ...Array.from({ length: rounds }, () => load.round())]
}

/** Posts bundles and remembers what became of them. */
class Submission {
  readonly refused: string[] = []
  readonly #hashes: string[] = []
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 * IN_FLIGHT })

  constructor(url: string) {
    this.#url = `${url}/bundle`
  }

  /** `at`: where in the schedule the first of them stands. */
  async post(signed: readonly Uint8Array[], at: number): Promise<void> {
    const body = encodeBundle(signed)
    const headers = { 'content-length': body.length }
    const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const bytes = Buffer.concat(await answer.toArray())
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${bytes}`)
    for (const [i, result] of decodeResults(bytes).entries()) {
      if ('error' in result) this.refused.push(`${result.error.code}: ${result.error.message}`)
      else this.#hashes[at + i] = 'instruction' in result ? result.instruction : result.txHash
    }
  }

  end(start: bigint, interval: number): LatencyAnswer {
    this.#agent.destroy()
    return { refused: this.refused, hashes: this.#hashes, start: String(start), interval }
  }
}

async function asFastAsTheyGo(url: string, signed: readonly Uint8Array[]): Promise<LatencyAnswer> {
  const submission = new Submission(url)
  const start = process.hrtime.bigint()
  let next = 0
  const one = async () => {
    while (next < signed.length) {
      const at = next
      next += BUNDLE
      await submission.post(signed.slice(at, next), at)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, one))
  return submission.end(start, 0)
}

/** Open loop: an instruction is due when it is due, however long the node takes for those before it. */
async function bySchedule(
  url: string,
  signed: readonly Uint8Array[],
  perSecond: number,
): Promise<LatencyAnswer> {
  const submission = new Submission(url)
  const interval = 1e9 / perSecond
  const start = process.hrtime.bigint()
  const answers: Promise<void>[] = []
  for (let next = 0; next < signed.length; ) {
    const due = Math.min(signed.length, Math.floor(Number(process.hrtime.bigint() - start) / interval) + 1)
    if (due > next) answers.push(submission.post(signed.slice(next, due), next))
    next = Math.max(next, due)
    await sleep(TICK_MILLISECONDS)
  }
  await Promise.all(answers)
  return submission.end(start, interval)
}

process.once('message', (work: LatencyWork) => {
  const phases = sign(work)
  process.on('message', async ({ phase, perSecond }: LatencyPhase) => {
    const signed = phases[phase]!
    process.send!(
      perSecond === undefined
        ? await asFastAsTheyGo(work.url, signed)
        : await bySchedule(work.url, signed, perSecond),
    )
  })
  process.send!('ready')
})
