import type { InFlightPayment } from '@omg/ledger'
import {
  type Address,
  concat,
  decodeTransaction,
  fromHex,
  type Hex,
  type OutputId,
  type TxHash,
  toHex,
  unwrap,
} from '@omg/protocol'
import type { Claim, ExitClaim, InFlightClaim, Shown } from './claim.ts'

/** What the exit games say, as far as a watcher must know it. Times in seconds. */
export type ExitEvent = {
  readonly block: { readonly number: bigint; readonly timestamp: bigint }
  readonly transactionHash: Hex
} & (
  | {
      readonly eventName: 'ExitStarted'
      readonly args: {
        readonly exitId: Hex
        readonly owner: Hex
        readonly token: Hex
        readonly item: boolean
        readonly amount: bigint
        readonly exitableAt: bigint
        readonly bond: bigint
      }
      readonly shown?: Shown
    }
  | {
      readonly eventName: 'ExitChallenged' | 'PiggybackChallenged'
      readonly args: { readonly exitId: Hex; readonly challenger: Hex }
    }
  | {
      readonly eventName: 'InFlightExitStarted'
      readonly args: {
        readonly transactionHash: Hex
        readonly piggybackUntil: bigint
        readonly exitableAt: bigint
        readonly expired: boolean
        readonly transaction: Hex
        readonly witness: Hex
      }
    }
  | {
      readonly eventName: 'Piggybacked'
      readonly args: {
        readonly exitId: Hex
        readonly transactionHash: Hex
        readonly owner: Hex
        readonly side: number
        readonly index: number
        readonly outputId: Hex
        readonly token: Hex
        readonly item: boolean
        readonly amount: bigint
        readonly exitableAt: bigint
        readonly bond: bigint
      }
    }
  | {
      readonly eventName: 'CanonicityChallenged'
      readonly args: { readonly transactionHash: Hex; readonly challenger: Hex }
    }
  | {
      readonly eventName: 'InclusionProven' | 'TransactionVoid'
      readonly args: { readonly transactionHash: Hex }
      readonly sender: Hex
    }
  | { readonly eventName: 'ExitPaid' | 'ExitDropped'; readonly args: { readonly exitId: Hex } }
  | {
      readonly eventName: 'RewardAssigned'
      readonly args: {
        readonly exitId: Hex
        readonly challenger: Hex
        readonly payableAt: bigint
      }
    }
)

export const EXIT_EVENT_NAMES: ReadonlySet<string> = new Set<ExitEvent['eventName']>([
  'ExitStarted',
  'ExitChallenged',
  'PiggybackChallenged',
  'InFlightExitStarted',
  'Piggybacked',
  'CanonicityChallenged',
  'InclusionProven',
  'ExitPaid',
  'ExitDropped',
  'TransactionVoid',
  'RewardAssigned',
])

/** Who may take the bond of a challenged exit, and from when on, in seconds. */
export interface Reward {
  readonly challenger: Address
  readonly payableAt: bigint
}

/** `Side.Output` of the contracts. */
const SIDE_OUTPUT = 1

function isBy(blocks: ReadonlyMap<TxHash, bigint>, txHash: TxHash, origin: bigint): boolean {
  const block = blocks.get(txHash)
  return block !== undefined && block <= origin
}

/** All exits on Ethereum: a fold over its events. After a reorganisation it is folded anew. */
export class Docket {
  readonly #claims = new Map<Hex, Claim>()
  /** When each output's first exit started: the number of the Ethereum block (R6). */
  readonly #exiting = new Map<OutputId, bigint>()
  /** The number of the Ethereum block in which a transaction was declared void. */
  readonly #void = new Map<TxHash, bigint>()
  /** The number of the Ethereum block that first showed a rival of a payment in flight. */
  readonly #rivalled = new Map<TxHash, bigint>()
  /** Payments in flight that were alive at the start of their exit, with its block. */
  readonly #flights: (InFlightPayment & { readonly block: bigint })[] = []
  #folded = 0
  readonly #rewards = new Map<Hex, Reward>()
  readonly #shown: { transaction: Hex; witness: Hex }[] = []

  claims(): ReadonlyMap<Hex, Claim> {
    return this.#claims
  }

  *openInFlight(): Iterable<InFlightClaim> {
    for (const claim of this.#claims.values())
      if (claim.kind === 'inFlight' && claim.state === 'open') yield claim
  }

  /** Ids of outputs whose exit started at or before a block (R6). */
  *exitingAt(origin: bigint): Iterable<OutputId> {
    for (const [id, block] of this.#exiting) if (block <= origin) yield id
  }

  /** Payments whose in-flight exit started at or before a block, with what Ethereum had said of them by then (R6, A15). */
  *inFlightAt(origin: bigint): Iterable<InFlightPayment> {
    for (const flight of this.#flights) {
      if (flight.block > origin) continue
      const { txHash, inputs } = flight
      yield {
        txHash,
        inputs,
        rivalled: isBy(this.#rivalled, txHash, origin),
        void: isBy(this.#void, txHash, origin),
      }
    }
  }

  /** Transactions that Ethereum was shown to be void, in flight or not. */
  declaredVoid(): Iterable<TxHash> {
    return this.#void.keys()
  }

  /** How many events are in it. */
  get folded(): number {
    return this.#folded
  }

  isExiting(outputId: OutputId): boolean {
    return this.#exiting.has(outputId)
  }

  rewardOf(exitId: Hex): Reward | undefined {
    return this.#rewards.get(exitId)
  }

  /** Signed payments that in-flight exits brought to light: evidence like any other. Each is given once. */
  takeShownPayments(): Uint8Array[] {
    return this.#shown
      .splice(0)
      .map(({ transaction, witness }) => concat(fromHex(transaction), fromHex(witness)))
  }

  /** Whether Ethereum holds a transaction void for good: then it spends nothing. */
  isVoid(txHash: TxHash): boolean {
    const claim = this.#claims.get(txHash)
    return (
      this.#void.has(txHash) ||
      (claim?.kind === 'inFlight' && claim.state === 'decided' && claim.verdict === 'void')
    )
  }

  /** Records what Ethereum has decided about an in-flight transaction, or would decide now. */
  setVerdict(
    id: TxHash,
    { verdict, decided }: { verdict: InFlightClaim['verdict']; decided: boolean },
    now: bigint,
  ): void {
    const claim = this.#claims.get(id)
    if (claim?.kind !== 'inFlight') return
    const state = decided ? 'decided' : now >= claim.exitableAt ? 'over' : 'open'
    this.#claims.set(id, { ...claim, verdict, state })
  }

  fold(event: ExitEvent): void {
    this.#folded++
    switch (event.eventName) {
      case 'ExitStarted':
        this.#start(event)
        break
      case 'Piggybacked':
        this.#piggyback(event)
        break
      case 'InFlightExitStarted':
        this.#startInFlight(event)
        break
      case 'ExitChallenged':
      case 'PiggybackChallenged':
        this.#changeExit(event.args.exitId, { state: 'challenged', answeredBy: lower(event.args.challenger) })
        break
      case 'ExitPaid':
        this.#changeExit(event.args.exitId, { state: 'paid' })
        break
      case 'ExitDropped':
        this.#changeExit(event.args.exitId, { state: 'dropped' })
        break
      case 'CanonicityChallenged': {
        const challenged = lower<TxHash>(event.args.transactionHash)
        if (!this.#rivalled.has(challenged)) this.#rivalled.set(challenged, event.block.number)
        this.#changeInFlight(event.args.transactionHash, { challengedBy: lower(event.args.challenger) })
        break
      }
      case 'InclusionProven':
        this.#changeInFlight(event.args.transactionHash, { provenBy: lower(event.sender) })
        break
      case 'TransactionVoid':
        this.#void.set(lower(event.args.transactionHash), event.block.number)
        this.#changeInFlight(event.args.transactionHash, {
          state: 'decided',
          verdict: 'void',
          voidedBy: lower(event.sender),
        })
        break
      case 'RewardAssigned': {
        const { exitId, challenger, payableAt } = event.args
        this.#rewards.set(lower(exitId), { challenger: lower(challenger), payableAt })
      }
    }
  }

  #start({ args, block, shown }: Extract<ExitEvent, { eventName: 'ExitStarted' }>): void {
    const outputId = lower<OutputId>(args.exitId)
    const made = shown === undefined ? {} : { shown }
    this.#addExit({ ...exitOf(args, block), outputId, piggyback: null, ...made })
    this.#lock(outputId, block.number)
  }

  #piggyback({ args, block }: Extract<ExitEvent, { eventName: 'Piggybacked' }>): void {
    const side = args.side === SIDE_OUTPUT ? 'output' : 'input'
    const outputId = lower<OutputId>(args.outputId)
    const transaction = lower<TxHash>(args.transactionHash)
    this.#addExit({ ...exitOf(args, block), outputId, piggyback: { transaction, side, index: args.index } })
    this.#lock(outputId, block.number)
  }

  #startInFlight({ args, block }: Extract<ExitEvent, { eventName: 'InFlightExitStarted' }>): void {
    const pay = unwrap(decodeTransaction(fromHex(args.transaction)))
    if (pay.kind !== 'pay')
      throw new Error('the exit game started an in-flight exit of something that is no PAY')
    const id = lower<TxHash>(args.transactionHash)
    this.#claims.set(id, {
      kind: 'inFlight',
      id,
      pay,
      startedAt: block.timestamp,
      piggybackUntil: args.piggybackUntil,
      exitableAt: args.exitableAt,
      expired: args.expired,
      verdict: args.expired ? 'void' : 'canonical',
      state: 'open',
      challengedBy: null,
      provenBy: null,
      voidedBy: null,
    })
    // A dead payment cannot be included any more, and wins nothing before it is shown to have been.
    if (!args.expired) this.#flights.push({ txHash: id, inputs: pay.inputs, block: block.number })
    this.#shown.push({ transaction: args.transaction, witness: args.witness })
  }

  #addExit(claim: ExitClaim): void {
    this.#claims.set(claim.id, claim)
  }

  #lock(outputId: OutputId, block: bigint): void {
    if (!this.#exiting.has(outputId)) this.#exiting.set(outputId, block)
  }

  #changeExit(id: Hex, change: Partial<Pick<ExitClaim, 'state' | 'answeredBy'>>): void {
    const claim = this.#claims.get(lower(id))
    if (claim?.kind === 'exit') this.#claims.set(claim.id, { ...claim, ...change })
  }

  #changeInFlight(id: Hex, change: Partial<InFlightClaim>): void {
    const claim = this.#claims.get(lower(id))
    if (claim?.kind === 'inFlight') this.#claims.set(claim.id, { ...claim, ...change })
  }
}

type ExitArguments = Extract<ExitEvent, { eventName: 'ExitStarted' }>['args']

function exitOf(args: ExitArguments, block: ExitEvent['block']): Omit<ExitClaim, 'outputId' | 'piggyback'> {
  return {
    kind: 'exit',
    id: lower(args.exitId),
    owner: lower(args.owner),
    token: lower(args.token),
    item: args.item,
    amount: args.amount,
    bond: args.bond,
    startedAt: block.timestamp,
    exitableAt: args.exitableAt,
    state: 'open',
    answeredBy: null,
  }
}

/** Ethereum clients write addresses in mixed case; here everything is lower case. */
function lower<T extends Hex>(hex: Hex): T {
  return toHex(fromHex(hex)) as T
}
