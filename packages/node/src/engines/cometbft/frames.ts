/** Longest message that is taken from the socket, in bytes: the largest block that CometBFT knows, and what stands around it. */
export const MAX_FRAME_BYTES = 104 * 1024 * 1024
/** Bytes of the longest length that `MAX_FRAME_BYTES` needs as an unsigned varint. */
const MAX_LENGTH_BYTES = 4

/** Cuts a stream into messages: `length uvarint ‖ message`, as the ABCI socket has them. Holds no more than one message that is not whole. */
export class FrameReader {
  readonly #most: number
  #chunks: Buffer[] = []
  #bytes = 0
  /** Length of the message that is being read, once it is known. */
  #wanted: number | undefined

  /** `most` bytes of a message, at most {@link MAX_FRAME_BYTES}. */
  constructor(most = MAX_FRAME_BYTES) {
    this.#most = most
  }

  /** The messages that are whole now, as views where they can be. Throws a RangeError for what is no frame, in words. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const frames: Buffer[] = []
    for (;;) {
      this.#wanted ??= this.#readLength()
      if (this.#wanted === undefined || this.#bytes < this.#wanted) return frames
      frames.push(this.#take(this.#wanted))
      this.#wanted = undefined
    }
  }

  #readLength(): number | undefined {
    let length = 0
    for (let at = 0; at < MAX_LENGTH_BYTES; at++) {
      const byte = this.#byteAt(at)
      if (byte === undefined) return undefined
      length += (byte & 0x7f) * 2 ** (7 * at)
      if (byte & 0x80) continue
      if (length > this.#most)
        throw new RangeError(`a message of ${length} bytes; the limit is ${this.#most}`)
      this.#take(at + 1)
      return length
    }
    throw new RangeError(`a length of more than ${MAX_LENGTH_BYTES} bytes`)
  }

  #byteAt(index: number): number | undefined {
    let at = index
    for (const chunk of this.#chunks) {
      if (at < chunk.length) return chunk[at]
      at -= chunk.length
    }
    return undefined
  }

  #take(length: number): Buffer {
    this.#bytes -= length
    const parts: Buffer[] = []
    let left = length
    while (left > 0) {
      const chunk = this.#chunks[0]!
      const part = chunk.subarray(0, left)
      parts.push(part)
      left -= part.length
      if (part.length === chunk.length) this.#chunks.shift()
      else this.#chunks[0] = chunk.subarray(part.length)
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }
}

/** The length that goes before a message. */
export function frameHead(length: number): Uint8Array {
  const bytes: number[] = []
  let left = length
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80)
  bytes.push(left)
  return Uint8Array.from(bytes)
}
