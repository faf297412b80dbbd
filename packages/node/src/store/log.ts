import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { OmgError } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import { disk, type FileSystem, type LogFile } from './files.ts'

/** A segment is closed after the block that takes it past this many bytes. */
export const SEGMENT_BYTES = 64 * 1024 * 1024
/** One block never takes more than this many bytes in the log; a longer length field is damage. */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024
/** `length u32 ‖ crc32 u32 ‖ height u64`, big-endian; the checksum covers height and payload. */
export const FRAME_BYTES = 16

/** Where a block stands in the log. */
export interface LogPlace {
  /** The height that names the segment file. */
  segment: number
  offset: number
  length: number
}

export interface LogEntry {
  height: number
  place: LogPlace
  payload: Buffer
}

export interface BlockLogOptions {
  directory: string
  files?: FileSystem
  segmentBytes?: number
}

/** What {@link BlockLog.recover} found. */
export interface Recovery {
  blocks: number
  /** Bytes of an unfinished last append that were cut off. They were never acknowledged. */
  tornBytes: number
}

const segmentName = (height: number) => `${String(height).padStart(12, '0')}.log`
const segmentOf = (name: string) => (/^\d{12}\.log$/.test(name) ? Number(name.slice(0, 12)) : undefined)

/**
 * The block log: append-only segments of checksummed frames. One append and one sync make a block durable; all
 * other stores follow behind and are rebuilt from here.
 */
export class BlockLog {
  readonly #directory: string
  readonly #files: FileSystem
  readonly #segmentBytes: number
  #segments: number[] = []
  #tail: { segment: number; file: LogFile; length: number } | undefined
  #readers = new Map<number, LogFile>()
  #broken: OmgError | undefined

  private constructor(options: BlockLogOptions) {
    this.#directory = options.directory
    this.#files = options.files ?? disk
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES
  }

  static async open(options: BlockLogOptions): Promise<BlockLog> {
    const log = new BlockLog(options)
    await log.#files.makeDirectory(options.directory)
    const names = await log.#files.list(options.directory)
    log.#segments = names.map(segmentOf).filter(height => height !== undefined)
    return log
  }

  /**
   * Visits every block from `from` on and opens the log for appending behind the last whole one. A torn last
   * frame is cut off: its block was never acknowledged. A damaged frame with whole frames behind it is not a
   * torn append and is refused with `store.corrupt`.
   */
  async recover(from: LogPlace | undefined, visit: (entry: LogEntry) => Promise<void>): Promise<Recovery> {
    const recovery: Recovery = { blocks: 0, tornBytes: 0 }
    const start = from?.segment ?? this.#segments[0]
    if (start === undefined) return recovery
    for (const segment of this.#segments.filter(height => height >= start)) {
      const file = await this.#reader(segment)
      let offset = segment === from?.segment ? from.offset : 0
      const size = await file.size()
      for (;;) {
        const entry = await this.#readFrame(file, segment, offset, size)
        if (entry === undefined) break
        await visit(entry)
        recovery.blocks++
        offset += FRAME_BYTES + entry.payload.length
      }
      if (offset < size) {
        await this.#assertTorn(file, segment, offset, size)
        await file.truncate(offset)
        await file.sync()
        recovery.tornBytes += size - offset
      }
      if (segment !== this.#segments.at(-1)) continue
      this.#readers.delete(segment)
      this.#tail = { segment, file, length: offset }
    }
    return recovery
  }

  /** Writes and syncs one block. On failure the log is as it was before, or refuses all further appends. */
  async append(height: number, payload: Uint8Array): Promise<LogPlace> {
    if (this.#broken) throw this.#broken
    if (payload.length > MAX_RECORD_BYTES) throw new RangeError('block record exceeds MAX_RECORD_BYTES')
    const tail = await this.#tailFor(height)
    const offset = tail.length
    const frame = encodeFrame(height, payload)
    try {
      await tail.file.write(frame, offset)
      await tail.file.sync()
    } catch (cause) {
      await this.#undo(tail.file, offset)
      throw storeError(cause)
    }
    tail.length = offset + frame.length
    return { segment: tail.segment, offset, length: payload.length }
  }

  /** False once the segment of the place has been pruned. */
  has(place: LogPlace): boolean {
    return this.#segments.includes(place.segment)
  }

  async read(place: LogPlace): Promise<Buffer> {
    const file = await this.#reader(place.segment)
    const size = place.offset + FRAME_BYTES + place.length
    const entry = await this.#readFrame(file, place.segment, place.offset, size)
    if (!entry) throw corrupt(place.segment, place.offset)
    return entry.payload
  }

  /** Removes whole segments that hold only blocks below `height`. The segment being written always stays. */
  async prune(height: number): Promise<number> {
    let removed = 0
    while (this.#segments.length > 1 && this.#segments[1]! <= height) {
      const segment = this.#segments.shift()!
      await this.#readers.get(segment)?.close()
      this.#readers.delete(segment)
      await this.#files.remove(this.#path(segment))
      removed++
    }
    if (removed > 0) await this.#files.syncDirectory(this.#directory)
    return removed
  }

  async close(): Promise<void> {
    await this.#tail?.file.close()
    for (const file of this.#readers.values()) await file.close()
    this.#tail = undefined
    this.#readers.clear()
  }

  async #tailFor(height: number): Promise<{ segment: number; file: LogFile; length: number }> {
    if (this.#tail && this.#tail.length < this.#segmentBytes) return this.#tail
    let file: LogFile | undefined
    try {
      file = await this.#files.open(this.#path(height))
      await this.#files.syncDirectory(this.#directory)
      const length = await file.size()
      await this.#tail?.file.close()
      this.#tail = { segment: height, file, length }
    } catch (cause) {
      await file?.close()
      throw storeError(cause)
    }
    if (this.#segments.at(-1) !== height) this.#segments.push(height)
    return this.#tail
  }

  /** A failed append leaves no half frame behind, else a later append would hide it. */
  async #undo(file: LogFile, length: number): Promise<void> {
    try {
      await file.truncate(length)
      await file.sync()
    } catch (cause) {
      this.#broken = storeError(cause)
    }
  }

  async #readFrame(
    file: LogFile,
    segment: number,
    offset: number,
    size: number,
  ): Promise<LogEntry | undefined> {
    if (offset + FRAME_BYTES > size) return undefined
    const head = await file.read(offset, FRAME_BYTES)
    if (head.length < FRAME_BYTES) return undefined
    const length = head.readUInt32BE(0)
    if (length > MAX_RECORD_BYTES || offset + FRAME_BYTES + length > size) return undefined
    const payload = await file.read(offset + FRAME_BYTES, length)
    if (payload.length < length) return undefined
    if (crc32(payload, crc32(head.subarray(8))) !== head.readUInt32BE(4)) return undefined
    return { height: Number(head.readBigUInt64BE(8)), place: { segment, offset, length }, payload }
  }

  /** Damage is a torn append only at the very end: in the last segment, with no whole frame behind it. */
  async #assertTorn(file: LogFile, segment: number, offset: number, size: number): Promise<void> {
    if (segment !== this.#segments.at(-1)) throw corrupt(segment, offset)
    const head = await file.read(offset, FRAME_BYTES)
    if (head.length < FRAME_BYTES) return
    const next = offset + FRAME_BYTES + head.readUInt32BE(0)
    if (next < size && (await this.#readFrame(file, segment, next, size))) throw corrupt(segment, offset)
  }

  async #reader(segment: number): Promise<LogFile> {
    if (this.#tail?.segment === segment) return this.#tail.file
    const open = this.#readers.get(segment)
    if (open) return open
    const file = await this.#files.open(this.#path(segment))
    this.#readers.set(segment, file)
    return file
  }

  #path(segment: number): string {
    return join(this.#directory, segmentName(segment))
  }
}

function encodeFrame(height: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_BYTES + payload.length)
  frame.writeUInt32BE(payload.length, 0)
  frame.writeBigUInt64BE(BigInt(height), 8)
  frame.set(payload, FRAME_BYTES)
  frame.writeUInt32BE(crc32(frame.subarray(8)), 4)
  return frame
}

function corrupt(segment: number, offset: number): OmgError {
  return nodeError('store.corrupt', `The block log is damaged in segment ${segment} at byte ${offset}.`)
}

/** Disk trouble in words: what happened and what to do. */
export function storeError(cause: unknown): OmgError {
  const errno = (cause as NodeJS.ErrnoException)?.code
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return nodeError('store.full', 'The disk is full; the block was not made and nothing is lost.', cause)
  }
  return nodeError(
    'store.unavailable',
    `The data directory cannot be written (${errno ?? 'unknown reason'}).`,
    cause,
  )
}
