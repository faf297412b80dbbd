import { WebSocket } from 'ws'

export interface Message {
  readonly type: string
  readonly channel?: string
  readonly sequence?: string
  readonly previous?: string
  readonly data?: never
  readonly code?: string
  readonly id?: string | number
}

/** A client of /stream that keeps everything it hears. */
export class StreamClient {
  readonly messages: Message[] = []
  readonly socket: WebSocket
  closeCode: number | undefined
  #wake: () => void = () => {}

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', data => {
      this.messages.push(JSON.parse(String(data)) as Message)
      this.#wake()
    })
    socket.on('close', code => {
      this.closeCode = code
      this.#wake()
    })
    socket.on('error', () => {})
  }

  static async open(url: string, options: { autoPong?: boolean } = {}): Promise<StreamClient> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/stream`, options)
    const client = new StreamClient(socket)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return client
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message))
  }

  /** Resolves with the first message for which this holds; also one that came earlier. */
  async until(holds: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(holds)
      if (found) return found
      if (this.closeCode !== undefined) throw new Error(`closed with ${this.closeCode}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  async untilClosed(): Promise<number> {
    while (this.closeCode === undefined) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return this.closeCode
  }

  /** Messages of one channel, in the order in which they came. */
  of(channel: string): Message[] {
    return this.messages.filter(message => message.channel === channel)
  }

  close(): void {
    this.socket.terminate()
  }
}
