import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { HASH_BYTES, type OutputId, toHex } from '@omg/protocol'
import { encodeBundle } from '../src/mempool/bundle.ts'
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
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  let refused = 0
  let next = 0
  const one = async () => {
    while (next < bundles.length) refused += refusals(await send(`${url}/bundle`, agent, bundles[next++]!))
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, one))
  agent.destroy()
  return refused
}

/** Node's own client: `fetch` copies the body twice. */
async function send(url: string, agent: Agent, body: Uint8Array): Promise<Uint8Array> {
  const sent = request(url, { method: 'POST', agent, headers: { 'content-length': body.length } })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const bytes = Buffer.concat(await answer.toArray())
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${bytes}`)
  return bytes
}

/** How many of a bundle were refused: results as `encodeResults` writes them. */
function refusals(answer: Uint8Array): number {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength)
  let refused = 0
  for (let at = 4; at < answer.length; ) {
    if (answer[at] === 0) at += 1 + HASH_BYTES
    else {
      at += 3 + view.getUint16(at + 1)
      refused++
    }
  }
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
