import { createConnection, createServer, type Server, type Socket } from 'node:net'

/** A connection between two validators that a test can cut or slow down: a TCP proxy on a free port of this machine. */
export class Link {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #isCut = false
  #delay = 0

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as { port: number }).port
  }

  static async to(target: number): Promise<Link> {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const link = new Link(server)
    server.on('connection', socket => link.#accept(socket, target))
    return link
  }

  /** Ends what is open, and takes nothing new. */
  cut(): void {
    this.#isCut = true
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  heal(): void {
    this.#isCut = false
  }

  /** Every byte arrives so many milliseconds later, in order. */
  slow(milliseconds: number): void {
    this.#delay = milliseconds
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #accept(near: Socket, target: number): void {
    if (this.#isCut) return void near.destroy()
    const far = createConnection({ host: '127.0.0.1', port: target })
    const pair = [near, far] as const
    this.#pairs.add(pair)
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', bytes => this.#forward(bytes, to))
      from.on('error', () => from.destroy())
      from.on('close', () => {
        to.destroy()
        this.#pairs.delete(pair)
      })
    }
  }

  #forward(bytes: Buffer, to: Socket): void {
    if (this.#delay === 0) to.write(bytes)
    else setTimeout(() => to.writable && to.write(bytes), this.#delay)
  }
}
