import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader, frameHead, MAX_FRAME_BYTES } from './frames.ts'

const message = fc.uint8Array({ maxLength: 300 })

/** The stream in pieces that end anywhere. */
function pieces(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map(cut => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length]
  return places.slice(1).map((end, i) => stream.subarray(places[i], end))
}

test('messages come out as they went in, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat()), (messages, cuts) => {
      const stream = Buffer.concat(messages.flatMap(each => [frameHead(each.length), each]))
      const reader = new FrameReader()
      const read = pieces(stream, cuts).flatMap(piece => reader.push(piece))
      expect(read.map(frame => [...frame])).toEqual(messages.map(each => [...each]))
    }),
  )
})

test('a length at the limit is taken, one beyond it or longer than any is refused before its bytes', () => {
  const refusal = (bytes: Uint8Array) => {
    try {
      new FrameReader().push(Buffer.from(bytes))
      return undefined
    } catch (error) {
      return (error as Error).name
    }
  }
  expect(refusal(frameHead(MAX_FRAME_BYTES))).toBeUndefined()
  expect(refusal(frameHead(MAX_FRAME_BYTES + 1))).toBe('RangeError')
  expect(refusal(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1))).toBe('RangeError')
})

test('whatever the bytes are: messages, or a RangeError', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 2_000 })), chunks => {
      const reader = new FrameReader()
      try {
        for (const chunk of chunks) reader.push(Buffer.from(chunk))
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }),
  )
})
