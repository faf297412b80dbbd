import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import {
  addressOfKey,
  checkpointDigest,
  consensusChainId,
  type Domain,
  type Hex,
  headerHash,
  type OmgError,
} from '@omg/protocol'
import { type CheckpointSigner, localSigner, SigningRecord } from '../application/signing.ts'
import { FrameReader, frameHead } from '../engines/cometbft/frames.ts'
import { votesSocket } from '../engines/cometbft/signer-socket.ts'
import { nodeError } from '../errors.ts'
import { type DirectoryLock, lockDirectory } from '../store/lock.ts'
import { ConsensusSigner, MAX_CONSENSUS_MESSAGE_BYTES } from './consensus.ts'
import {
  decodeRequest,
  encodeReply,
  MAX_SIGNER_MESSAGE_BYTES,
  refusalOf,
  type SignerReply,
} from './messages.ts'
import { VoteRecord } from './vote-record.ts'

/** Between two attempts to reach CometBFT, in milliseconds. */
const DIAL_MILLISECONDS = 250

export interface SignerOptions {
  /** Folder of what was signed. It belongs to the key, and to no other signer. */
  directory: string
  key: Hex
  domain: Domain
  /** `M` of the contracts. The node does not tell it: what renews a header (F1) is not for it to say. */
  maxOriginAgeBlocks: bigint
  /** Path of the Unix socket on which nodes ask; CometBFT's stands beside it. */
  socket: string
  onRefused: (error: OmgError) => void
}

/**
 * The key of a validator in a process of its own: it signs checkpoints for the node and votes for CometBFT, both through records on disk that
 * outlive them. Nothing else can be had from it: it makes every digest itself.
 */
export class SignerService {
  readonly #options: SignerOptions
  readonly #lock: DirectoryLock
  readonly #record: SigningRecord
  readonly #votes: ConsensusSigner
  readonly #signer: CheckpointSigner
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #dialing: NodeJS.Timeout | undefined
  #closed = false

  /** Errors (thrown): store.locked (another signer has this folder), signer.record. */
  constructor(options: SignerOptions) {
    const { directory, key, domain, onRefused } = options
    this.#options = options
    this.#lock = lockDirectory(directory)
    try {
      this.#record = new SigningRecord(directory, options.maxOriginAgeBlocks)
      const record = new VoteRecord(directory)
      this.#votes = new ConsensusSigner({ key, chainId: consensusChainId(domain), record, onRefused })
    } catch (error) {
      this.#lock.release()
      throw error
    }
    this.#signer = localSigner(addressOfKey(key), key, this.#record)
    this.#server = createServer(socket =>
      this.#serve(socket, MAX_SIGNER_MESSAGE_BYTES, async frame => encodeReply(await this.#reply(frame))),
    )
  }

  get address(): Hex {
    return this.#signer.address
  }

  async start(): Promise<void> {
    const { socket } = this.#options
    mkdirSync(dirname(socket), { recursive: true })
    // The lock says that nobody else serves it.
    rmSync(socket, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(socket, resolve)
    })
    chmodSync(socket, 0o600)
    this.#dial()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#dialing)
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
    this.#record.close()
    this.#lock.release()
  }

  async #reply(frame: Uint8Array): Promise<SignerReply> {
    const request = decodeRequest(frame)
    if (!request.ok)
      throw nodeError('engine.frame', 'The signer was asked what is no request.', request.error)
    try {
      if (request.value.kind === 'note') {
        this.#record.note(request.value.checkpoints)
        return { kind: 'noted' }
      }
      const { header } = request.value
      const digest = checkpointDigest(headerHash(header), this.#options.domain)
      return { kind: 'signed', signature: await this.#signer.sign(header, digest) }
    } catch (error) {
      this.#options.onRefused(error as OmgError)
      return refusalOf(error)
    }
  }

  /** CometBFT listens, and its signer comes to it: again whenever the connection is gone. */
  #dial(): void {
    if (this.#closed) return
    const socket = createConnection(votesSocket(this.#options.socket))
    this.#serve(socket, MAX_CONSENSUS_MESSAGE_BYTES, async frame => this.#votes.answer(frame))
    socket.on('close', () => {
      if (!this.#closed) this.#dialing = setTimeout(() => this.#dial(), DIAL_MILLISECONDS)
    })
  }

  /** Messages behind their lengths, answered one after the other. Whatever is none ends its connection. */
  #serve(socket: Socket, most: number, answer: (frame: Uint8Array) => Promise<Uint8Array>): void {
    this.#sockets.add(socket)
    const frames = new FrameReader(most)
    let turn: Promise<void> = Promise.resolve()
    const end = (error: unknown) => {
      const known = error as OmgError
      const isKnown = typeof known?.code === 'string'
      this.#options.onRefused(
        isKnown ? known : nodeError('engine.frame', 'The signer was sent no message.', error),
      )
      socket.destroy()
    }
    socket.on('data', chunk => {
      try {
        for (const frame of frames.push(chunk as Buffer)) {
          turn = turn.then(async () => {
            if (socket.destroyed) return
            const bytes = await answer(frame)
            socket.write(Buffer.concat([frameHead(bytes.length), bytes]))
          })
          turn.catch(end)
        }
      } catch (error) {
        end(error)
      }
    })
    // Nobody listens yet, or any more: it is tried again.
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }
}
