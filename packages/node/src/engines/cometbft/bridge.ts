import { setTimeout as pause } from 'node:timers/promises'
import { type OmgError, toHex } from '@omg/protocol'
import { nodeError } from '../../errors.ts'
import { type Application, type CheckTxResponse, RETRY_CODE, type VoteExtension } from '../engine.ts'
import {
  CALL_MILLISECONDS,
  decodeCall,
  decodeStanding,
  encodeCall,
  encodeStanding,
  STANDING_MILLISECONDS,
} from './calls.ts'
import { GOSSIP_TX_BYTES } from './config-file.ts'
import type { Gate } from './gate.ts'
import {
  ResponseApplySnapshotChunk_Result as ChunkResult,
  ResponseOfferSnapshot_Result as OfferResult,
  ResponseProcessProposal_ProposalStatus as ProposalStatus,
  type RequestCommit,
  type RequestExtendVote,
  type RequestFinalizeBlock,
  type RequestPrepareProposal,
  type RequestProcessProposal,
  ResponseVerifyVoteExtension_VerifyStatus as VerifyStatus,
} from './gen/tendermint/abci/types_pb.js'
import { Serial } from './serial.ts'
import type { RequestValue, ResponseValue } from './server.ts'
import {
  engineSnapshot,
  engineValidators,
  finalizeBlockRequest,
  finalizeBlockResponse,
  prepareProposalRequest,
  proposalRequest,
  response,
  seconds,
} from './translation.ts'

/** Longest pause between attempts of a call that fails, in milliseconds. */
const RETRY_MILLISECONDS = 5_000
/** A call for a height further ahead is nobody's who follows the chain. */
const CALL_AHEAD = 2n
/** Who is so many blocks behind gets them only while the chain moves; who is one behind gets it anyway. */
const FAR_BEHIND = 2n

export interface AbciBridgeOptions {
  application: Application
  gate: Gate
  /** 20 bytes: whose votes the application extends. */
  validator: Uint8Array
  /** Milliseconds; only for pauses. */
  now?: () => number
  onError: (error: OmgError) => void
}

/**
 * Answers CometBFT out of the application. Calls that decide blocks go one after the other, whichever connection they come by, and are
 * tried again when they fail: CometBFT would give up for good. Calls of the mempool go beside them.
 */
export class AbciBridge {
  readonly #options: AbciBridgeOptions
  readonly #now: () => number
  readonly #serial = new Serial()
  #height = 0n
  /** Height of the block being decided. */
  #deciding = 0n
  /** Last height that this process has voted for: only then it may hold the chain, else it is catching up. */
  #voted = 0n
  #validators = 1
  #called = { height: 0n, at: 0 }
  #standing = { height: -1n, at: 0, pause: 0 }
  #passOn: Uint8Array[] = []
  #stopping = false
  #stalled: OmgError | undefined
  #committedAt = 0
  readonly #greeted = Promise.withResolvers<void>()

  constructor(options: AbciBridgeOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** Last height that is committed. */
  get height(): bigint {
    return this.#height
  }

  /** Why the application's part of a block does not get done, if it does not. */
  get stalled(): OmgError | undefined {
    return this.#stalled
  }

  /** When the last block was committed, in milliseconds; 0: none since the start. */
  get committedAt(): number {
    return this.#committedAt
  }

  /** Settles when CometBFT has asked where the application stands, and has begun the chain if there was none. */
  get greeted(): Promise<void> {
    return this.#greeted.promise
  }

  /** No further block is proposed. Settles when the call in hand is done. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#options.gate.open()
    await this.#serial.run(async () => {})
  }

  async handle(request: RequestValue, gone: AbortSignal): Promise<ResponseValue> {
    const { application } = this.#options
    switch (request.case) {
      case 'echo':
        return response({ case: 'echo', value: { message: request.value.message } })
      case 'flush':
        return response({ case: 'flush', value: {} })
      case 'info':
        return this.#serial.run(() => this.#info())
      case 'query':
        return response({ case: 'query', value: { code: 1, log: 'Ask the RPC of the node.' } })
      case 'checkTx':
        return response({
          case: 'checkTx',
          value: await this.#take(() => application.checkTx(request.value.tx)),
        })
      case 'insertTx':
        return response({ case: 'insertTx', value: await this.#insert(request.value.tx) })
      case 'reapTxs':
        return response({ case: 'reapTxs', value: { txs: await this.#reap() } })
      case 'listSnapshots':
        return response({ case: 'listSnapshots', value: { snapshots: await application.listSnapshots() } })
      case 'loadSnapshotChunk': {
        const { height, format, chunk } = request.value
        const bytes = await application.loadSnapshotChunk(height, format, chunk)
        return response({ case: 'loadSnapshotChunk', value: { chunk: bytes } })
      }
      default:
        return this.#decide(request, gone)
    }
  }

  #decide(request: RequestValue, gone: AbortSignal): Promise<ResponseValue> {
    switch (request.case) {
      case 'initChain':
        return this.#insist(gone, async () => {
          const { chainId, time, initialHeight, validators } = request.value
          this.#validators = validators.length
          const genesis = {
            chainId,
            time: seconds(time),
            initialHeight,
            validators: engineValidators(validators),
          }
          const { appHash } = await this.#options.application.initChain(genesis)
          this.#greeted.resolve()
          return response({ case: 'initChain', value: { appHash } })
        })
      case 'prepareProposal':
        return this.#prepareProposal(request.value, gone)
      case 'processProposal':
        return this.#insist(gone, () => this.#processProposal(request.value))
      case 'extendVote':
        return this.#insist(gone, () => this.#extendVote(request.value))
      case 'verifyVoteExtension': {
        const { validatorAddress: validator, height, voteExtension: extension } = request.value
        return this.#insist(gone, () => this.#verifyVoteExtension(height, { validator, extension }))
      }
      case 'finalizeBlock':
        return this.#insist(gone, () => this.#finalizeBlock(request.value))
      case 'commit':
        return this.#commit(request.value, gone)
      case 'offerSnapshot':
      case 'applySnapshotChunk':
        return this.#serial.run(() => this.#restore(request))
      default:
        throw nodeError('node.internal', `A request without an answer: ${request.case}`)
    }
  }

  async #info(): Promise<ResponseValue> {
    const { version, lastBlockHeight, lastBlockAppHash } = await this.#options.application.info()
    this.#height = lastBlockHeight
    if (lastBlockHeight > 0n) this.#greeted.resolve()
    return response({ case: 'info', value: { data: 'omg', version, lastBlockHeight, lastBlockAppHash } })
  }

  async #prepareProposal(request: RequestPrepareProposal, gone: AbortSignal): Promise<ResponseValue> {
    const { application, gate } = this.#options
    const votes = request.localLastCommit?.votes.length ?? 0
    // With others a block without work may come here once, after a start: they would vote against a proposer who does not propose.
    const isAlone = (votes || this.#validators) === 1
    if (isAlone) await gate.wait(request.height, gone)
    return this.#insist(gone, async () => {
      if (this.#stopping) throw nodeError('node.stopped', 'The node is stopping.')
      const { txs } = await application.prepareProposal(prepareProposalRequest(request))
      return response({ case: 'prepareProposal', value: { txs } })
    })
  }

  async #processProposal(request: RequestProcessProposal): Promise<ResponseValue> {
    const { accept, reason } = await this.#options.application.processProposal(proposalRequest(request))
    if (!accept) {
      const proposer = toHex(request.proposerAddress)
      const message = `Block ${request.height} as ${proposer} proposed it was refused: ${reason}.`
      this.#options.onError(nodeError('engine.proposal', message))
    }
    const status = accept ? ProposalStatus.ACCEPT : ProposalStatus.REJECT
    return response({ case: 'processProposal', value: { status } })
  }

  async #extendVote(request: RequestExtendVote): Promise<ResponseValue> {
    const { application, validator } = this.#options
    const { extension } = await application.extendVote({ ...proposalRequest(request), validator })
    this.#voted = request.height
    return response({ case: 'extendVote', value: { voteExtension: extension } })
  }

  async #verifyVoteExtension(height: bigint, vote: VoteExtension): Promise<ResponseValue> {
    const { accept } = await this.#options.application.verifyVoteExtension({ height, ...vote })
    const status = accept ? VerifyStatus.ACCEPT : VerifyStatus.REJECT
    return response({ case: 'verifyVoteExtension', value: { status } })
  }

  async #finalizeBlock(request: RequestFinalizeBlock): Promise<ResponseValue> {
    const answer = await this.#options.application.finalizeBlock(finalizeBlockRequest(request))
    this.#deciding = request.height
    return finalizeBlockResponse(answer)
  }

  /**
   * Answers when the block is durable and there is work for another. CometBFT proposes without end and has no way to wait for an
   * application's mempool; here nothing is in flight, no time runs, and a crash finds a block that both sides know.
   */
  async #commit(_: RequestCommit, gone: AbortSignal): Promise<ResponseValue> {
    const retainHeight = await this.#insist(gone, async () => {
      const { retainHeight } = await this.#options.application.commit()
      this.#height = this.#deciding
      this.#committedAt = this.#now()
      return retainHeight
    })
    if (this.#voted === this.#height) await this.#options.gate.wait(this.#height + 1n, gone)
    return response({ case: 'commit', value: { retainHeight } })
  }

  async #restore(request: RequestValue): Promise<ResponseValue> {
    const { application } = this.#options
    if (request.case === 'offerSnapshot') {
      const { snapshot, appHash } = request.value
      const offered = snapshot && (await application.offerSnapshot(engineSnapshot(snapshot), appHash))
      const result = offered?.accept ? OfferResult.ACCEPT : OfferResult.REJECT
      return response({ case: 'offerSnapshot', value: { result } })
    }
    if (request.case !== 'applySnapshotChunk')
      throw nodeError('node.internal', 'A request without an answer.')
    const { index, chunk } = request.value
    const { result } = await application.applySnapshotChunk(index, chunk)
    const results = {
      accept: ChunkResult.ACCEPT,
      retry: ChunkResult.RETRY,
      abort: ChunkResult.REJECT_SNAPSHOT,
    }
    const refetchChunks = result === 'retry' ? [index] : []
    return response({ case: 'applySnapshotChunk', value: { result: results[result], refetchChunks } })
  }

  async #insert(tx: Uint8Array): Promise<{ code: number }> {
    const standing = decodeStanding(tx)
    if (standing !== undefined) {
      if (standing + FAR_BEHIND <= this.#height) this.#callAll()
      return { code: 0 }
    }
    const height = decodeCall(tx)
    if (height === undefined) {
      const { code } = await this.#take(() => this.#options.application.insertTx(tx))
      return { code }
    }
    if (height > this.#height && height <= this.#height + CALL_AHEAD) {
      if (this.#mayCall(height)) this.#passOn.push(tx)
      this.#options.gate.call(height)
    }
    return { code: 0 }
  }

  async #take(work: () => Promise<CheckTxResponse>): Promise<{ code: number; log: string }> {
    try {
      const { code, reason } = await work()
      return { code, log: reason ?? '' }
    } catch (error) {
      this.#options.onError(nodeError('node.internal', 'A bundle could not be looked at.', error))
      return { code: RETRY_CODE, log: 'node.internal' }
    }
  }

  /** What goes to peers: bundles, and a call for the next block while there is work for it. */
  async #reap(): Promise<Uint8Array[]> {
    const { application, gate } = this.#options
    const { txs } = await application.reapTxs({ maxTxBytes: GOSSIP_TX_BYTES })
    const next = this.#height + 1n
    const calls = this.#passOn.splice(0)
    if (!this.#stopping && gate.wanted && this.#mayCall(next)) calls.push(encodeCall(next))
    if (this.#isStandingDue()) calls.push(encodeStanding(this.#height))
    return [...txs, ...calls]
  }

  /** One block more, made by everybody, so that a peer gets those that it lacks. */
  #callAll(): void {
    const next = this.#height + 1n
    if (this.#mayCall(next)) this.#passOn.push(encodeCall(next))
    this.#options.gate.call(next)
  }

  #isStandingDue(): boolean {
    const now = this.#now()
    const { first, longest } = STANDING_MILLISECONDS
    if (this.#standing.height !== this.#height) {
      this.#standing = { height: this.#height, at: now + first, pause: first }
      return false
    }
    if (now < this.#standing.at) return false
    const pause = Math.min(longest, 2 * this.#standing.pause)
    this.#standing = { height: this.#height, at: now + pause, pause }
    return true
  }

  /** At most one call of a height in a while goes out from here. */
  #mayCall(height: bigint): boolean {
    const now = this.#now()
    if (this.#called.height === height && now - this.#called.at < CALL_MILLISECONDS) return false
    this.#called = { height, at: now }
    return true
  }

  /** Does it in its turn, and again until it works or nobody wants it any more. */
  async #insist<T>(gone: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        const done = await this.#serial.run(() => {
          if (gone.aborted) throw nodeError('node.stopped', 'The connection is gone.')
          return work()
        })
        this.#stalled = undefined
        return done
      } catch (error) {
        const known = stallOf(error, this.#height + 1n)
        if (gone.aborted || this.#stopping || known.code === 'node.stopped') throw known
        this.#stalled = known
        this.#options.onError(known)
        const milliseconds = Math.min(RETRY_MILLISECONDS, 100 * 2 ** failures)
        // Whoever is gone wants no answer: the next look at it says so.
        await pause(milliseconds, undefined, { signal: gone }).catch(() => {})
      }
    }
  }
}

function stallOf(error: unknown, height: bigint): OmgError {
  const known = error as OmgError
  return typeof known?.code === 'string' && typeof known.toJSON === 'function'
    ? known
    : nodeError('node.internal', `Block ${height} could not be made.`, error)
}
