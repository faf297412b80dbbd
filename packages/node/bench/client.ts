import { type OutputId, toHex } from '@omg/protocol'
import { encodeBundle } from '../src/mempool/bundle.ts'
import { decodeResults } from '../src/rpc/bundle.ts'
import { signPayment } from './payments.ts'

/*
 * The submitting side of bench/submit.ts, a process of its own: signs everything first, says `ready`, and on `go` posts
 * bundles as fast as the node takes them.
 */

const BUNDLE = 1_000
const IN_FLIGHT = 12

process.once('message', async ({ ids, url }: { ids: string; url: string }) => {
  const bytes = Buffer.from(ids, 'base64')
  const bundles: Uint8Array[] = []
  for (let from = 0; from < bytes.length / 32; from += BUNDLE) {
    const count = Math.min(BUNDLE, bytes.length / 32 - from)
    const signed = Array.from({ length: count }, (_, i) => {
      const at = 32 * (from + i)
      return signPayment(toHex(bytes.subarray(at, at + 32)) as OutputId, from + i)
    })
    bundles.push(encodeBundle(signed))
  }
  process.once('message', async () => {
    const cpu = process.cpuUsage()
    let refused = 0
    let next = 0
    const post = async () => {
      while (next < bundles.length) {
        const body = bundles[next++]! as Uint8Array<ArrayBuffer>
        const response = await fetch(`${url}/bundle`, { method: 'POST', body })
        const results = decodeResults(new Uint8Array(await response.arrayBuffer()))
        refused += results.filter(result => 'error' in result).length
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, post))
    const { user, system } = process.cpuUsage(cpu)
    process.send!({ refused, cpuMicros: user + system })
    process.disconnect()
  })
  process.send!('ready')
})
