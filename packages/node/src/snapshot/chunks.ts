import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of one chunk: what CometBFT sends as one message is 16 MB at most. */
export const CHUNK_BYTES = 4 * 1024 * 1024
/** Most chunks of a snapshot: 64 GiB. */
export const MAX_CHUNKS = 16_384
/** Chunks between two pauses, in which the node does everything else. */
const PARTS_AT_ONCE = 64

export const HASH_BYTES = 32

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export function chunkPath(directory: string, index: number): string {
  return join(directory, String(index).padStart(5, '0'))
}

/** Cuts a stream of bytes into chunks on disk, numbered from `first`. Returns their hashes. */
export async function writeChunks(
  directory: string,
  first: number,
  parts: Iterable<Uint8Array>,
): Promise<Buffer[]> {
  mkdirSync(directory, { recursive: true })
  const hashes: Buffer[] = []
  let waiting: Uint8Array[] = []
  let length = 0
  let count = 0
  const close = (bytes: Buffer) => {
    writeFileSync(chunkPath(directory, first + hashes.length), bytes)
    hashes.push(sha256(bytes))
  }
  for (const part of parts) {
    // The generator may use its memory again.
    waiting.push(Buffer.from(part))
    length += part.length
    if (++count % PARTS_AT_ONCE === 0) await new Promise(resolve => setImmediate(resolve))
    if (length < CHUNK_BYTES) continue
    let all = Buffer.concat(waiting)
    for (; all.length >= CHUNK_BYTES; all = all.subarray(CHUNK_BYTES)) close(all.subarray(0, CHUNK_BYTES))
    waiting = [all]
    length = all.length
  }
  if (length > 0 || hashes.length === 0) close(Buffer.concat(waiting))
  return hashes
}

/** Chunks `from .. to`, one after the other. */
export function readChunks(directory: string, from: number, to: number): Buffer {
  return Buffer.concat(
    Array.from({ length: to - from }, (_, i) => readFileSync(chunkPath(directory, from + i))),
  )
}
