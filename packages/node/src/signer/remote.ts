import { createConnection, type Socket } from 'node:net'
import { type Hash, type Header, type Hex, OmgError, recoverSigner } from '@omg/protocol'
import type { SignedCheckpoint } from '../application/signed-checkpoint.ts'
import type { CheckpointSigner } from '../application/signing.ts'
import { FrameReader, frameHead } from '../engines/cometbft/frames.ts'
import { NODE_ERRORS, type NodeErrorCode, nodeError } from '../errors.ts'
import {
  decodeReply,
  encodeRequest,
  MAX_NOTED,
  MAX_SIGNER_MESSAGE_BYTES,
  type SignerReply,
  type SignerRequest,
} from './messages.ts'

/** A signer that has not answered by then is away, in milliseconds: a vote must not wait longer for it. */
export const SIGNER_MILLISECONDS = 2_000

/** Between two attempts to reach it while nothing is to be signed, in milliseconds. */
const REACH_MILLISECONDS = 1_000

/** A connection with the one request that waits on it. */
interface Line {
  readonly socket: Socket
  readonly frames: FrameReader
  waiting: { resolve: (reply: SignerReply) => void; reject: (error: OmgError) => void } | undefined
}

/**
 * The signer in another process, over its Unix socket. While it is away nothing is signed and {@link problem} tells so; blocks go on, and
 * what was not signed is signed when it is back.
 */
export class RemoteSigner implements CheckpointSigner {
  readonly address: Hex
  readonly #path: string
  readonly #milliseconds: number
  #line: Line | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #noted: SignedCheckpoint[] = []
  #problem: OmgError | undefined
  #again: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: { address: Hex; socket: string; milliseconds?: number }) {
    this.address = options.address.toLowerCase() as Hex
    this.#path = options.socket
    this.#milliseconds = options.milliseconds ?? SIGNER_MILLISECONDS
    this.#line = this.#connect()
  }

  /** Why it cannot be asked. */
  get problem(): OmgError | undefined {
    return this.#problem
  }

  /** What Ethereum has accepted, or what this key has signed as blocks and peers say: the signer hears of it before it signs the next one. */
  note(checkpoints: readonly SignedCheckpoint[]): void {
    this.#noted = [...this.#noted, ...checkpoints].slice(-MAX_NOTED)
  }

  /** Errors (thrown): signer.unavailable, and what the signer refuses. */
  sign(header: Header, digest: Hash): Promise<Hex> {
    const signed = this.#turn.then(() => this.#sign(header, digest))
    this.#turn = signed.catch(() => {})
    return signed
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#again)
    this.#line?.socket.destroy()
  }

  async #sign(header: Header, digest: Hash): Promise<Hex> {
    try {
      const told = this.#noted
      if (told.length > 0) {
        await this.#ask({ kind: 'note', checkpoints: told })
        this.#noted = this.#noted.filter(known => !told.includes(known))
      }
      const reply = await this.#ask({ kind: 'sign', header })
      if (reply.kind !== 'signed') throw this.#away('it answered something else')
      const signer = recoverSigner(digest, reply.signature)
      if (!signer.ok || signer.value.toLowerCase() !== this.address)
        throw this.#away('it signs with another key')
      this.#problem = undefined
      return reply.signature
    } catch (error) {
      const known = error as OmgError
      this.#problem = known.code === 'signer.unavailable' ? known : undefined
      throw error
    }
  }

  async #ask(request: SignerRequest): Promise<SignerReply> {
    this.#line ??= this.#connect()
    const line = this.#line
    const { promise, resolve, reject } = Promise.withResolvers<SignerReply>()
    line.waiting = { resolve, reject }
    const timer = setTimeout(() => this.#drop(line, 'it does not answer'), this.#milliseconds)
    const bytes = encodeRequest(request)
    line.socket.write(Buffer.concat([frameHead(bytes.length), bytes]))
    try {
      const reply = await promise
      if (reply.kind === 'refused') throw refused(reply)
      return reply
    } finally {
      clearTimeout(timer)
    }
  }

  #connect(): Line {
    const socket = createConnection(this.#path)
    const line: Line = { socket, frames: new FrameReader(MAX_SIGNER_MESSAGE_BYTES), waiting: undefined }
    socket.on('connect', () => {
      this.#problem = undefined
    })
    socket.on('data', chunk => this.#receive(line, chunk as Buffer))
    socket.on('error', cause => this.#drop(line, 'it cannot be reached', cause))
    socket.on('close', () => this.#drop(line, 'it is gone'))
    return line
  }

  #receive(line: Line, chunk: Buffer): void {
    try {
      for (const frame of line.frames.push(chunk)) {
        const reply = decodeReply(frame)
        const { waiting } = line
        line.waiting = undefined
        // Nobody has asked, or that is no answer: what comes after it cannot be told apart.
        if (!reply.ok || !waiting) {
          line.waiting = waiting
          this.#drop(line, 'it answers what was not asked')
          return
        }
        waiting.resolve(reply.value)
      }
    } catch (cause) {
      this.#drop(line, 'it answers what is no message', cause)
    }
  }

  #drop(line: Line, why: string, cause?: unknown): void {
    const problem = this.#away(why, cause)
    if (this.#line === line) {
      this.#line = undefined
      this.#problem = problem
      this.#reachAgain()
    }
    line.socket.destroy()
    line.waiting?.reject(problem)
    line.waiting = undefined
  }

  /** So that it is known when it is back, although nothing is to be signed. */
  #reachAgain(): void {
    clearTimeout(this.#again)
    if (this.#closed) return
    this.#again = setTimeout(() => {
      this.#line ??= this.#connect()
    }, REACH_MILLISECONDS).unref()
  }

  #away(why: string, cause?: unknown): OmgError {
    return nodeError('signer.unavailable', `The signer at ${this.#path} signs nothing: ${why}.`, cause)
  }
}

/** A refusal in the signer's words; a code that this version does not know is told as it is. */
function refused({ code, message }: { code: string; message: string }): OmgError {
  return code in NODE_ERRORS
    ? nodeError(code as NodeErrorCode, message)
    : new OmgError(code, message, NODE_ERRORS['signer.unavailable'])
}
