import { type OutputId, toHex } from '@omg/protocol'
import { encodeBundle } from '../src/mempool/bundle.ts'
import { decodeResults } from '../src/rpc/bundle.ts'
import { signPayment } from './payments.ts'

/*
 * The submitting side of bench/submit.ts, a process of its own: signs everything first, says `ready`, and at each
 * `{ from, to }` posts those bundles as fast as the node takes them.
 */

/** Payments in one bundle. */
const BUNDLE = 1_000
/** Bundles on their way at a time: enough that the node never waits for the client. */
const IN_FLIGHT = 24

interface Work {
  /** All outputs to spend, 32 bytes each, in base64. */
  ids: string
  url: string
}

function signAll(ids: Buffer): Uint8Array[] {
  const bundles: Uint8Array[] = []
  for (let from = 0; from < ids.length / 32; from += BUNDLE) {
    const signed = Array.from({ length: BUNDLE }, (_, i) => {
      const at = 32 * (from + i)
      return signPayment(toHex(ids.subarray(at, at + 32)) as OutputId, from + i)
    })
    bundles.push(encodeBundle(signed))
  }
  return bundles
}

async function post(url: string, bundles: readonly Uint8Array[]): Promise<number> {
  let refused = 0
  let next = 0
  const one = async () => {
    while (next < bundles.length) {
      const body = bundles[next++]! as Uint8Array<ArrayBuffer>
      const response = await fetch(`${url}/bundle`, { method: 'POST', body })
      const results = decodeResults(new Uint8Array(await response.arrayBuffer()))
      refused += results.filter(result => 'error' in result).length
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, one))
  return refused
}

process.once('message', ({ ids, url }: Work) => {
  const bundles = signAll(Buffer.from(ids, 'base64'))
  process.on('message', async ({ from, to }: { from: number; to: number }) => {
    const cpu = process.cpuUsage()
    const refused = await post(url, bundles.slice(from / BUNDLE, to / BUNDLE))
    const { user, system } = process.cpuUsage(cpu)
    process.send!({ refused, cpuMicros: user + system })
  })
  process.send!('ready')
})
