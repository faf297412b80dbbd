/** Longest message that is taken from the socket, in bytes: the largest block that CometBFT knows, and what stands around it. */
export const MAX_FRAME_BYTES = 104 * 1024 * 1024
/** Bytes of the longest length that `MAX_FRAME_BYTES` needs as an unsigned varint. */
const MAX_LENGTH_BYTES = 4

/**
 * Cuts a stream into messages: `length uvarint ‖ message`, as the ABCI socket has them. Holds no more than one message that is not whole; its
 * bytes go where they will stay as they come, so that the chunks of a long one need not be kept.
 */
export class FrameReader {
  readonly #most: number
  /** The length that is being read, and how many bytes of it have come. */
  #length = 0
  #lengthBytes = 0
  /** The message that is being read, as long as it will be, once that is known. */
  #message: Buffer<ArrayBuffer> | undefined
  #filled = 0

  /** `most` bytes of a message, at most {@link MAX_FRAME_BYTES}. */
  constructor(most = MAX_FRAME_BYTES) {
    this.#most = most
  }

  /** The messages that are whole now, each in a buffer of its own. Throws a RangeError for what is no frame, in words. */
  push(chunk: Buffer): Buffer<ArrayBuffer>[] {
    const frames: Buffer<ArrayBuffer>[] = []
    let at = 0
    while (at < chunk.length) {
      if (!this.#message) this.#takeLength(chunk[at++]!)
      if (!this.#message) continue
      const copied = chunk.copy(this.#message, this.#filled, at)
      at += copied
      this.#filled += copied
      if (this.#filled < this.#message.length) continue
      frames.push(this.#message)
      this.#message = undefined
    }
    return frames
  }

  /** Takes one more byte of a length. After the last of them there is a message. */
  #takeLength(byte: number): void {
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes++)
    if (byte & 0x80) {
      if (this.#lengthBytes < MAX_LENGTH_BYTES) return
      throw new RangeError(`a length of more than ${MAX_LENGTH_BYTES} bytes`)
    }
    if (this.#length > this.#most)
      throw new RangeError(`a message of ${this.#length} bytes; the limit is ${this.#most}`)
    // Memory that nobody has written is not taken from the machine: a length alone costs nothing.
    this.#message = Buffer.allocUnsafeSlow(this.#length)
    this.#length = 0
    this.#lengthBytes = 0
    this.#filled = 0
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
