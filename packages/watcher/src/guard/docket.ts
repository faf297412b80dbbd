import { Locks, lockFactOf } from '@omg/ledger'
import {
  type Address,
  concat,
  decodeTransaction,
  fromHex,
  type Hex,
  type OutputId,
  type Position,
  type TxHash,
  toHex,
  unwrap,
  ZERO_HASH,
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
        readonly position: bigint
        /** Hash of the transaction that made the output; zero for a deposit. */
        readonly creator: Hex
        readonly exitableAt: bigint
        readonly bond: bigint
      }
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
  | {
      readonly eventName: 'SpendContested'
      readonly args: { readonly outputId: Hex; readonly rivalHash: Hex }
    }
  | {
      readonly eventName: 'SpendShown'
      readonly args: { readonly outputId: Hex; readonly transactionHash: Hex; readonly leaf: bigint }
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
  | {
      readonly eventName: 'BondPaid'
      readonly args: { readonly exitId: Hex; readonly recipient: Hex; readonly amount: bigint }
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
  'SpendShown',
  'SpendContested',
  'ExitPaid',
  'ExitDropped',
  'TransactionVoid',
  'RewardAssigned',
  'BondPaid',
])

/** Who may take the bond of a challenged exit, and from when on, in seconds. */
export interface Reward {
  readonly challenger: Address
  readonly payableAt: bigint
}

/** What a game has paid out of the bond of an exit that is over, in wei. */
export interface Payout {
  readonly recipient: Address
  readonly amount: bigint
}

/** `SpendRegistry.PENDING`: the leaf of a spender whose inclusion was not shown. */
const PENDING = (1n << 56n) - 1n
/** `Side.Output` of the contracts. */
const SIDE_OUTPUT = 1

/** All exits on Ethereum: a fold over its events. After a reorganisation it is folded anew. */
export class Docket {
  readonly #claims = new Map<Hex, Claim>()
  /** R6: what all this forbids the chain to spend. */
  readonly locks = new Locks()
  /** Outputs with an exit or piggyback. */
  readonly #exiting = new Set<OutputId>()
  /** Outputs that two payments spend. */
  readonly #contested = new Set<OutputId>()
  readonly #void = new Set<TxHash>()
  readonly #rewards = new Map<Hex, Reward>()
  readonly #payouts = new Map<Hex, Payout>()
  /** Transactions whose inclusion Ethereum was shown. */
  readonly #included = new Set<TxHash>()
  readonly #shownSpent = new Set<OutputId>()
  readonly #shown: { transaction: Hex; witness: Hex }[] = []

  claims(): ReadonlyMap<Hex, Claim> {
    return this.#claims
  }

  *openInFlight(): Iterable<InFlightClaim> {
    for (const claim of this.#claims.values())
      if (claim.kind === 'inFlight' && claim.state === 'open') yield claim
  }

  /** Open standard exits of what a transaction made that was not found yet. */
  *openWithoutMaker(): Iterable<ExitClaim> {
    for (const claim of this.#claims.values()) {
      if (claim.kind !== 'exit' || claim.state !== 'open') continue
      if (claim.origin !== null && claim.shown === undefined) yield claim
    }
  }

  /** Transactions that Ethereum was shown to be void, in flight or not. */
  declaredVoid(): Iterable<TxHash> {
    return this.#void
  }

  /** Outputs of which Ethereum was shown a spend that was alive or included. */
  shownSpent(): ReadonlySet<OutputId> {
    return this.#shownSpent
  }

  /** Whether an event has said that a transaction is void; time alone says nothing. */
  isDeclaredVoid(txHash: TxHash): boolean {
    return this.#void.has(txHash)
  }

  isExiting(outputId: OutputId): boolean {
    return this.#exiting.has(outputId)
  }

  /** Whether Ethereum was shown two payments that spend an output. */
  isContested(outputId: OutputId): boolean {
    return this.#contested.has(outputId)
  }

  rewardOf(exitId: Hex): Reward | undefined {
    return this.#rewards.get(exitId)
  }

  /** Who got the bond of an exit that is over; undefined until it is paid out. */
  payoutOf(exitId: Hex): Payout | undefined {
    return this.#payouts.get(exitId)
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

  /** Records what made an exiting output. */
  setMaker(id: Hex, shown: Shown): void {
    const claim = this.#claims.get(id)
    if (claim?.kind === 'exit') this.#claims.set(id, { ...claim, shown })
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
    const fact = lockFactOf(event.eventName, event.args, event.block.number)
    if (fact !== undefined) this.locks.add(fact)
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
      case 'CanonicityChallenged':
        this.#changeInFlight(event.args.transactionHash, { challengedBy: lower(event.args.challenger) })
        break
      case 'SpendShown':
        this.#shownSpent.add(lower(event.args.outputId))
        if (event.args.leaf < PENDING) this.#include(lower(event.args.transactionHash))
        break
      case 'SpendContested':
        this.#contested.add(lower(event.args.outputId))
        break
      case 'InclusionProven':
        this.#changeInFlight(event.args.transactionHash, { provenBy: lower(event.sender) })
        break
      case 'TransactionVoid':
        this.#void.add(lower(event.args.transactionHash))
        this.#changeInFlight(event.args.transactionHash, {
          state: 'decided',
          verdict: 'void',
          voidedBy: lower(event.sender),
        })
        break
      case 'RewardAssigned': {
        const { exitId, challenger, payableAt } = event.args
        this.#rewards.set(lower(exitId), { challenger: lower(challenger), payableAt })
        break
      }
      case 'BondPaid': {
        const { exitId, recipient, amount } = event.args
        this.#payouts.set(lower(exitId), { recipient: lower(recipient), amount })
      }
    }
  }

  #start(event: Extract<ExitEvent, { eventName: 'ExitStarted' }>): void {
    const { exitId, creator, position } = event.args
    const outputId = lower<OutputId>(exitId)
    const txHash = lower<TxHash>(creator)
    const origin = txHash === ZERO_HASH ? null : { txHash, position: position as Position }
    this.#addExit({ ...exitOf(event), outputId, piggyback: null, origin })
    // Started again, after the bond of the last start was paid out: that one earns nothing any more.
    this.#rewards.delete(outputId)
    this.#payouts.delete(outputId)
    this.#exiting.add(outputId)
  }

  #piggyback(event: Extract<ExitEvent, { eventName: 'Piggybacked' }>): void {
    const { args } = event
    const side = args.side === SIDE_OUTPUT ? 'output' : 'input'
    const outputId = lower<OutputId>(args.outputId)
    const transaction = lower<TxHash>(args.transactionHash)
    const piggyback = { transaction, side, index: args.index } as const
    this.#addExit({ ...exitOf(event), outputId, piggyback, origin: null })
    this.#exiting.add(outputId)
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
      inclusionShown: this.#included.has(id),
      verdict: args.expired ? 'void' : 'canonical',
      state: 'open',
      challengedBy: null,
      provenBy: null,
      voidedBy: null,
    })
    if (!args.expired) for (const input of pay.inputs) this.#shownSpent.add(input)
    this.#shown.push({ transaction: args.transaction, witness: args.witness })
  }

  #include(txHash: TxHash): void {
    this.#included.add(txHash)
    this.#changeInFlight(txHash, { inclusionShown: true })
  }

  #addExit(claim: ExitClaim): void {
    this.#claims.set(claim.id, claim)
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

type ExitStart = Extract<ExitEvent, { eventName: 'ExitStarted' | 'Piggybacked' }>

function exitOf({
  args,
  block,
  transactionHash,
}: ExitStart): Omit<ExitClaim, 'outputId' | 'piggyback' | 'origin'> {
  return {
    kind: 'exit',
    id: lower(args.exitId),
    owner: lower(args.owner),
    token: lower(args.token),
    item: args.item,
    amount: args.amount,
    bond: args.bond,
    startedAt: block.timestamp,
    startedBy: transactionHash,
    exitableAt: args.exitableAt,
    state: 'open',
    answeredBy: null,
  }
}

/** Ethereum clients write addresses in mixed case; here everything is lower case. */
function lower<T extends Hex>(hex: Hex): T {
  return toHex(fromHex(hex)) as T
}
