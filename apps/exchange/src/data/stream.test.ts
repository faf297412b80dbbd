import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ChannelListener, openStream, type Stream } from './stream.ts'

/** A socket whose other end is the test. */
class Socket {
  readonly sent: { op: string; channel?: string; from?: string }[] = []
  onopen = () => {}
  onclose = () => {}
  onerror = () => {}
  onmessage = (_: { data: string }) => {}

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  close(): void {
    this.onclose()
  }
  say(message: object | string): void {
    this.onmessage({ data: typeof message === 'string' ? message : JSON.stringify(message) })
  }
  get asked() {
    return this.sent.filter(({ op }) => op !== 'ping')
  }
}

const snapshot = (sequence: number, data: unknown = {}) => message('snapshot', sequence, data)
const update = (sequence: number, previous: number, data: unknown = {}) => ({
  ...message('update', sequence, data),
  previous: String(previous),
})
const message = (type: string, sequence: number, data: unknown) => ({
  ...{ type, channel: 'book:1', sequence: String(sequence), data },
})

let sockets: Socket[]
let stream: Stream
let heard: [string, bigint, unknown][]
const listener: ChannelListener = {
  snapshot: (data, sequence) => heard.push(['snapshot', sequence, data]),
  update: (data, sequence) => heard.push(['update', sequence, data]),
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  sockets = []
  heard = []
  stream = openStream('ws://indexer/stream', {
    connect: () => {
      const socket = new Socket()
      sockets.push(socket)
      return socket as never
    },
  })
})
afterEach(() => {
  stream.close()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** The connection of now, open. */
function open(): Socket {
  const socket = sockets.at(-1)!
  socket.onopen()
  return socket
}

describe('the stream of an indexer', () => {
  it('connects when somebody listens, and tells a snapshot and what follows', () => {
    expect(sockets).toHaveLength(0)
    stream.subscribe('book:1', listener)
    expect(stream.state()).toBe('connecting')
    const socket = open()
    expect(stream.state()).toBe('live')
    expect(socket.asked).toEqual([{ op: 'subscribe', channel: 'book:1' }])
    socket.say(snapshot(812, 'all'))
    socket.say(update(815, 812, 'more'))
    expect(heard).toEqual([
      ['snapshot', 812n, 'all'],
      ['update', 815n, 'more'],
    ])
  })

  it('goes on behind the last sequence after a lost connection', () => {
    stream.subscribe('book:1', listener)
    const first = open()
    first.say(snapshot(812))
    first.say(update(815, 812))
    first.close()
    expect(stream.state()).toBe('reconnecting')
    vi.advanceTimersByTime(1_000)
    expect(sockets).toHaveLength(2)
    const second = open()
    expect(stream.state()).toBe('live')
    expect(second.asked).toEqual([{ op: 'subscribe', channel: 'book:1', from: '815' }])
    second.say({ type: 'resumed', channel: 'book:1', sequence: '815' })
    second.say(update(817, 815))
    expect(heard.map(([, sequence]) => sequence)).toEqual([812n, 815n, 817n])
  })

  it('takes a snapshot instead where the indexer has forgotten, even one of an earlier block', () => {
    stream.subscribe('book:1', listener)
    open().say(snapshot(900))
    sockets[0]!.close()
    vi.advanceTimersByTime(1_000)
    open().say(snapshot(40))
    sockets[1]!.say(update(41, 40))
    expect(heard.map(([type, sequence]) => [type, sequence])).toEqual([
      ['snapshot', 900n],
      ['snapshot', 40n],
      ['update', 41n],
    ])
  })

  it('tells nothing twice, and asks anew where something is missing', () => {
    stream.subscribe('book:1', listener)
    const socket = open()
    socket.say(snapshot(812))
    socket.say(update(815, 812))
    socket.say(update(815, 812))
    socket.say(update(820, 818))
    socket.say(update(821, 820))
    expect(heard.map(([, sequence]) => sequence)).toEqual([812n, 815n])
    vi.advanceTimersByTime(1_000)
    expect(socket.asked).toEqual([
      { op: 'subscribe', channel: 'book:1' },
      { op: 'subscribe', channel: 'book:1' },
    ])
    socket.say(snapshot(822))
    expect(heard.at(-1)).toEqual(['snapshot', 822n, {}])
  })

  it('asks anew, once, when a listener refuses what it hears', () => {
    let refuses = true
    stream.subscribe('book:1', {
      ...listener,
      update(data, sequence) {
        if (refuses) throw new Error('the checksum is wrong')
        listener.update(data, sequence)
      },
    })
    const socket = open()
    socket.say(snapshot(1))
    socket.say(update(2, 1))
    socket.say(update(3, 2))
    vi.advanceTimersByTime(2_000)
    expect(socket.asked).toHaveLength(2)
    refuses = false
    socket.say(snapshot(4))
    socket.say(update(5, 4))
    expect(heard.map(([, sequence]) => sequence)).toEqual([1n, 4n, 5n])
  })

  it('shares a channel: who joins later gets everything, and the last who leaves ends it', () => {
    const leave = stream.subscribe('book:1', listener)
    const socket = open()
    socket.say(snapshot(1))
    const leaveToo = stream.subscribe('book:1', { ...listener })
    expect(socket.asked).toHaveLength(2)
    leave()
    socket.say(snapshot(2))
    expect(heard).toHaveLength(2)
    leaveToo()
    expect(socket.asked.at(-1)).toEqual({ op: 'unsubscribe', channel: 'book:1' })
    socket.say(update(3, 2))
    expect(heard).toHaveLength(2)
  })

  it('notices a connection that is silent, and tries again ever more slowly', () => {
    stream.subscribe('book:1', listener)
    open()
    vi.advanceTimersByTime(15_000)
    expect(sockets[0]!.sent.at(-1)).toEqual({ op: 'ping' })
    expect(stream.state()).toBe('live')
    vi.advanceTimersByTime(16_000)
    expect(stream.state()).toBe('reconnecting')
    vi.advanceTimersByTime(5_000)
    const tries = sockets.length
    expect(tries).toBeGreaterThan(1)
    for (let i = 0; i < 10; i++) {
      sockets.at(-1)!.close()
      vi.advanceTimersByTime(5_000)
    }
    expect(sockets).toHaveLength(tries + 10)
    expect(stream.state()).toBe('reconnecting')
  })

  it.each(['no JSON', '[1]', 'null', `"${'x'.repeat(16_000_001)}"`])('cuts off who sends nonsense', text => {
    stream.subscribe('book:1', listener)
    open().say(text)
    expect(stream.state()).toBe('reconnecting')
    expect(heard).toEqual([])
  })

  it.each([{ sequence: 5 }, { sequence: '-1' }, { sequence: undefined }])(
    'asks anew after a message with %j',
    wrong => {
      stream.subscribe('book:1', listener)
      const socket = open()
      socket.say({ ...snapshot(1), ...wrong })
      expect(heard).toEqual([])
      vi.advanceTimersByTime(1_000)
      expect(socket.asked).toHaveLength(2)
    },
  )
})
