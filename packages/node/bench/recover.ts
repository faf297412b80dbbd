import { createHash } from 'node:crypto'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import secp256k1 from 'secp256k1'

/*
 * The peer of every speed figure of the node: nothing but libsecp256k1 recoveries, on as many threads as there are cores.
 */

const SIGNATURES = 256

/** Recoveries per second of `threads` threads together, over about `seconds` seconds. */
export async function bareRecoverRate(
  threads: number,
  seconds: number,
): Promise<{ perSecond: number; cpuMicros: number }> {
  const rates = await Promise.all(Array.from({ length: threads }, () => measure(seconds)))
  const perSecond = rates.reduce((sum, { rate }) => sum + rate, 0)
  return { perSecond, cpuMicros: rates.reduce((sum, { cpu }) => sum + cpu, 0) / threads }
}

function measure(seconds: number): Promise<{ rate: number; cpu: number }> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { seconds } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

function recoverFor(seconds: number): { rate: number; cpu: number } {
  const key = new Uint8Array(32).fill(7)
  const signed = Array.from({ length: SIGNATURES }, (_, i) => {
    const digest = createHash('sha256').update(String(i)).digest()
    return { digest, ...secp256k1.ecdsaSign(digest, key) }
  })
  const out = new Uint8Array(65)
  const cpuBefore = process.threadCpuUsage()
  const start = performance.now()
  let count = 0
  while (performance.now() - start < seconds * 1000) {
    for (const { signature, recid, digest } of signed)
      secp256k1.ecdsaRecover(signature, recid, digest, false, out)
    count += SIGNATURES
  }
  const elapsed = performance.now() - start
  const { user, system } = process.threadCpuUsage(cpuBefore)
  return { rate: (count / elapsed) * 1000, cpu: (user + system) / count }
}

if (!isMainThread && workerData?.seconds) parentPort!.postMessage(recoverFor(workerData.seconds))
