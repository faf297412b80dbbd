import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { OmgError } from '@omg/protocol'
import { nodeError } from '../../errors.ts'
import { type Request, RequestSchema, type Response, ResponseSchema } from './gen/tendermint/abci/types_pb.js'
import { encodeProposal } from './proposal.ts'

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

/** What the thread of the socket tells. Connections have numbers. */
export type SocketEvent =
  | { readonly kind: 'listening' }
  | { readonly kind: 'frames'; readonly connection: number; readonly frames: readonly Uint8Array[] }
  /** It brought what is no frame, and is closed: in words. */
  | { readonly kind: 'garbage'; readonly connection: number; readonly what: string }
  | { readonly kind: 'closed'; readonly connection: number }

/** What it is told. */
export type SocketCommand =
  /** The next answer on a connection. */
  | { readonly kind: 'answer'; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly connection: number }

interface Connection {
  readonly number: number
  readonly gone: AbortController
  /** Answers in the order of the requests. */
  readonly waiting: Promise<ResponseValue>[]
  writing: boolean
}

/**
 * The application's end of the ABCI socket. CometBFT opens four connections (consensus, mempool, query, snapshot); on each of them replies
 * go out in the order of the requests. Whatever is no request ends its connection, and nothing else.
 *
 * The socket is read and written on a thread of its own: CometBFT holds a request until the last byte of it is gone, and this thread may be
 * making a block meanwhile. (CometBFT's own client burns a core as long as that takes; `tools/cometbft` has another.)
 */
export class AbciServer {
  readonly #options: AbciServerOptions
  readonly #connections = new Map<number, Connection>()
  #thread: Worker | undefined

  constructor(options: AbciServerOptions) {
    this.#options = options
  }

  async listen(): Promise<void> {
    const { path, onError } = this.#options
    mkdirSync(dirname(path), { recursive: true })
    rmSync(path, { force: true })
    const limits = { path, mostWaiting: MAX_WAITING_REQUESTS }
    const thread = new Worker(new URL('./socket.worker.ts', import.meta.url), { workerData: limits })
    this.#thread = thread
    await new Promise<void>((resolve, reject) => {
      thread.once('error', reject)
      thread.on('message', (event: SocketEvent) => {
        if (event.kind === 'listening') resolve()
        else this.#take(event)
      })
    })
    thread.removeAllListeners('error')
    const failed = (cause: unknown) => onError(nodeError('node.internal', 'The ABCI socket failed.', cause))
    thread.on('error', failed)
    thread.once('exit', () => {
      this.#disconnect()
      // CometBFT ends with its connections, is started again, and must find a socket.
      if (this.#thread === thread) this.listen().catch(failed)
    })
  }

  async close(): Promise<void> {
    const thread = this.#thread
    this.#thread = undefined
    await thread?.terminate()
    this.#disconnect()
    rmSync(this.#options.path, { force: true })
  }

  #disconnect(): void {
    for (const { gone } of this.#connections.values()) gone.abort()
    this.#connections.clear()
  }

  #take(event: Exclude<SocketEvent, { kind: 'listening' }>): void {
    const { connection: number } = event
    if (event.kind === 'garbage') this.#options.onError(frameError(event.what))
    if (event.kind !== 'frames') {
      this.#connections.get(number)?.gone.abort()
      this.#connections.delete(number)
      return
    }
    let connection = this.#connections.get(number)
    if (!connection) {
      connection = { number, gone: new AbortController(), waiting: [], writing: false }
      this.#connections.set(number, connection)
    }
    this.#handle(connection, event.frames)
  }

  #handle(connection: Connection, frames: readonly Uint8Array[]): void {
    const { number, gone, waiting } = connection
    // What came before its garbage, while we still thought well of it.
    if (gone.signal.aborted) return
    try {
      for (const frame of frames) {
        const answer = this.#options.handle(readRequest(frame), gone.signal)
        // It is awaited in its turn; until then a failure is nobody's.
        answer.catch(() => {})
        waiting.push(answer)
      }
    } catch (error) {
      this.#options.onError(error as OmgError)
      gone.abort()
      this.#send({ kind: 'end', connection: number })
      return
    }
    void this.#write(connection)
  }

  async #write(connection: Connection): Promise<void> {
    if (connection.writing) return
    connection.writing = true
    const { number, gone, waiting } = connection
    for (let next = waiting[0]; next; next = waiting[0]) {
      const answer = await next.catch(error => this.#exception(error))
      waiting.shift()
      if (gone.signal.aborted) break
      const bytes = encodeAnswer(answer)
      this.#send({ kind: 'answer', connection: number, bytes }, [bytes.buffer])
    }
    connection.writing = false
  }

  #send(command: SocketCommand, transfer: ArrayBuffer[] = []): void {
    this.#thread?.postMessage(command, transfer)
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

/** In a buffer of its own, to be given away. */
function encodeAnswer(answer: ResponseValue): Uint8Array<ArrayBuffer> {
  return answer.case === 'prepareProposal'
    ? encodeProposal(answer.value.txs)
    : toBinary(ResponseSchema, create(ResponseSchema, { value: answer }))
}

function exception(error: string): ResponseValue {
  const { value } = create(ResponseSchema, { value: { case: 'exception', value: { error } } })
  return value as ResponseValue
}

function frameError(what: string, cause?: unknown): OmgError {
  return nodeError('engine.frame', `The ABCI socket brought ${what}; the connection is closed.`, cause)
}

/** Fields are views of the frame. Throws: engine.frame. */
function readRequest(frame: Uint8Array): RequestValue {
  let request: Request
  try {
    request = fromBinary(RequestSchema, frame)
  } catch (cause) {
    throw frameError('bytes that are no request', cause)
  }
  if (request.value.case === undefined) throw frameError('a request that this node does not know')
  return request.value
}
