import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { OmgError } from '@omg/protocol'
import { nodeError } from '../../errors.ts'
import { FrameReader, frameError, frameHead } from './frames.ts'
import { type Request, RequestSchema, type Response, ResponseSchema } from './gen/tendermint/abci/types_pb.js'

/** Requests of one connection that may wait for their replies; beyond it nothing more is read. */
export const MAX_WAITING_REQUESTS = 1024

export type RequestValue = Exclude<Request['value'], { case: undefined }>
export type ResponseValue = Exclude<Response['value'], { case: undefined }>

/** Answers one request. `gone` is aborted when nobody waits for the answer any more. What it throws goes out as an exception. */
export type AbciHandler = (request: RequestValue, gone: AbortSignal) => Promise<ResponseValue>

export interface AbciServerOptions {
  /** Path of the Unix socket; only our own user may connect. */
  path: string
  handle: AbciHandler
  /** A connection was closed because of what it brought (`engine.frame`), or a request failed. */
  onError: (error: OmgError) => void
}

/**
 * The application's end of the ABCI socket. CometBFT opens four connections (consensus, mempool, query, snapshot); on each of them replies
 * go out in the order of the requests. Whatever is no request ends its connection, and nothing else.
 */
export class AbciServer {
  readonly #options: AbciServerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(options: AbciServerOptions) {
    this.#options = options
    this.#server = createServer(socket => this.#serve(socket))
  }

  async listen(): Promise<void> {
    const { path } = this.#options
    mkdirSync(dirname(path), { recursive: true })
    rmSync(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
    chmodSync(path, 0o600)
  }

  /** Closes every connection; what is being answered finds nobody to tell. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.disconnect()
    await closed
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const gone = new AbortController()
    const frames = new FrameReader()
    const waiting: Promise<ResponseValue>[] = []
    let writing = false
    const write = async () => {
      if (writing) return
      writing = true
      for (let next = waiting[0]; next; next = waiting[0]) {
        const answer = await next.catch(error => this.#exception(error))
        waiting.shift()
        if (gone.signal.aborted) break
        if (waiting.length === MAX_WAITING_REQUESTS - 1) socket.resume()
        if (!writeResponse(socket, answer)) await drained(socket, gone.signal)
      }
      writing = false
    }
    socket.on('data', chunk => {
      try {
        for (const frame of frames.push(chunk as Buffer)) {
          const answer = this.#options.handle(readRequest(frame), gone.signal)
          // It is awaited in its turn; until then a failure is nobody's.
          answer.catch(() => {})
          waiting.push(answer)
        }
      } catch (error) {
        this.#options.onError(error as OmgError)
        socket.destroy()
        return
      }
      if (waiting.length >= MAX_WAITING_REQUESTS) socket.pause()
      void write()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      gone.abort()
    })
  }

  #exception(error: unknown): ResponseValue {
    const known = error as OmgError
    const told =
      typeof known?.code === 'string'
        ? known
        : nodeError('node.internal', 'A request of CometBFT could not be answered.', error)
    this.#options.onError(told)
    return exception(`${told.code}: ${told.message}`)
  }
}

function exception(error: string): ResponseValue {
  const { value } = create(ResponseSchema, { value: { case: 'exception', value: { error } } })
  return value as ResponseValue
}

/** Throws: engine.frame. */
function readRequest(frame: Buffer): RequestValue {
  let request: Request
  try {
    // Fields are views of these bytes, and the application is promised plain arrays.
    request = fromBinary(RequestSchema, new Uint8Array(frame.buffer, frame.byteOffset, frame.length))
  } catch (cause) {
    throw frameError('bytes that are no request', cause)
  }
  if (request.value.case === undefined) throw frameError('a request that this node does not know')
  return request.value
}

function writeResponse(socket: Socket, value: ResponseValue): boolean {
  const bytes = toBinary(ResponseSchema, create(ResponseSchema, { value }))
  socket.write(frameHead(bytes.length))
  return socket.write(bytes)
}

async function drained(socket: Socket, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return
  await new Promise<void>(resolve => {
    socket.once('drain', resolve)
    gone.addEventListener('abort', () => resolve(), { once: true })
  })
}
