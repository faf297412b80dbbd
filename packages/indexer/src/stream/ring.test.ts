import { expect, test } from 'vitest'
import { type Event, Ring } from './ring.ts'

const events = (...channels: string[]) =>
  new Map(channels.map(channel => [channel, { channel, sequence: 0n, text: channel } satisfies Event]))

test('events after a sequence, as far back as they are all there', () => {
  const ring = new Ring(10n, { blocks: 3, events: 100 })
  expect(ring.after('a', 9n)).toBeUndefined()
  expect(ring.after('a', 10n)).toEqual([])
  ring.add(11n, events('a', 'b'))
  ring.add(12n, events('b'))
  ring.add(13n, events('a'))
  expect(ring.after('a', 10n)).toHaveLength(2)
  expect(ring.after('a', 11n)).toHaveLength(1)
  expect(ring.after('c', 10n)).toEqual([])
  ring.add(14n, events('a'))
  expect(ring.floor).toBe(11n)
  expect(ring.after('a', 10n)).toBeUndefined()
  expect(ring.after('a', 11n)).toHaveLength(2)
})

test('one block with too many events leaves nothing, and says so', () => {
  const ring = new Ring(0n, { blocks: 10, events: 2 })
  ring.add(1n, events('a', 'b'))
  ring.add(2n, events('a', 'b', 'c'))
  expect(ring.floor).toBe(2n)
  expect(ring.after('a', 1n)).toBeUndefined()
  expect(ring.after('a', 2n)).toEqual([])
})
