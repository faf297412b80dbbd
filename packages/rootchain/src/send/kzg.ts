import { Worker } from 'node:worker_threads'
import { type Hex, toHex } from 'viem'
import type { BlobSidecar } from './blobs.ts'

/**
 * KZG commitments (EIP-4844) with Ethereum's trusted setup, in a thread of their own: a full blob takes about a second each for its
 * commitment and its proof, in plain JavaScript, because the libraries that are faster must be compiled where they are installed.
 */
export interface Kzg {
  /** The 48-byte commitments of blobs of 131,072 bytes each. */
  commitments(blobs: readonly Uint8Array[]): Promise<Hex[]>
  /** The same with proofs: what travels with a transaction. */
  sidecars(blobs: readonly Uint8Array[]): Promise<BlobSidecar[]>
  close(): Promise<void>
}

/** What the thread is asked, and what it answers. */
export interface KzgTask {
  readonly blob: Hex
  readonly withProof: boolean
}
export type KzgAnswer = Pick<BlobSidecar, 'commitment'> & { readonly proof?: Hex }

interface Job {
  readonly task: KzgTask
  readonly resolve: (answer: KzgAnswer) => void
  readonly reject: (error: Error) => void
}

/** The thread starts with the first blob. */
export function createKzg(): Kzg {
  const jobs: Job[] = []
  let thread: Worker | undefined
  let closed: Error | undefined

  /** A thread that dies takes its jobs along; the next job starts another. */
  function fail(error: Error): void {
    thread = undefined
    for (const job of jobs.splice(0)) job.reject(error)
  }

  function start(): Worker {
    const worker = new Worker(new URL('./kzg.worker.ts', import.meta.url))
    worker.on('message', (answer: KzgAnswer) => {
      jobs.shift()?.resolve(answer)
      if (jobs.length === 0) worker.unref()
    })
    worker.on('error', error => worker === thread && fail(error))
    worker.on('exit', () => worker === thread && fail(new Error('the KZG thread has stopped')))
    return worker
  }

  function run(task: KzgTask): Promise<KzgAnswer> {
    if (closed) return Promise.reject(closed)
    thread ??= start()
    const answer = new Promise<KzgAnswer>((resolve, reject) => jobs.push({ task, resolve, reject }))
    // It keeps the process alive only while it works.
    thread.ref()
    thread.postMessage(task)
    return answer
  }

  return {
    async commitments(blobs) {
      const answers = blobs.map(blob => run({ blob: toHex(blob), withProof: false }))
      return (await Promise.all(answers)).map(({ commitment }) => commitment)
    },
    async sidecars(blobs) {
      const tasks = blobs.map(blob => ({ blob: toHex(blob), withProof: true }))
      const answers = await Promise.all(tasks.map(run))
      return answers.map(({ commitment, proof }, i) => ({ blob: tasks[i]!.blob, commitment, proof: proof! }))
    },
    async close() {
      closed = new Error('the KZG thread is closed')
      const stopped = thread?.terminate()
      fail(closed)
      await stopped
    },
  }
}
