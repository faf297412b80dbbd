import { Locks, lockFactOf } from '@omg/ledger'
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
  | {
      readonly eventName: 'SpendContested'
      readonly args: { readonly outputId: Hex; readonly rivalHash: Hex }
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
  'SpendContested',
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
  readonly #shown: { transaction: Hex; witness: Hex }[] = []

  claims(): ReadonlyMap<Hex, Claim> {
    return this.#claims
  }

  *openInFlight(): Iterable<InFlightClaim> {
    for (const claim of this.#claims.values())
      if (claim.kind === 'inFlight' && claim.state === 'open') yield claim
  }

  /** Transactions that Ethereum was shown to be void, in flight or not. */
  declaredVoid(): Iterable<TxHash> {
    return this.#void
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
      }
    }
  }

  #start({ args, block, shown }: Extract<ExitEvent, { eventName: 'ExitStarted' }>): void {
    const outputId = lower<OutputId>(args.exitId)
    const made = shown === undefined ? {} : { shown }
    this.#addExit({ ...exitOf(args, block), outputId, piggyback: null, ...made })
    this.#exiting.add(outputId)
  }

  #piggyback({ args, block }: Extract<ExitEvent, { eventName: 'Piggybacked' }>): void {
    const side = args.side === SIDE_OUTPUT ? 'output' : 'input'
    const outputId = lower<OutputId>(args.outputId)
    const transaction = lower<TxHash>(args.transactionHash)
    this.#addExit({ ...exitOf(args, block), outputId, piggyback: { transaction, side, index: args.index } })
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
      verdict: args.expired ? 'void' : 'canonical',
      state: 'open',
      challengedBy: null,
      provenBy: null,
      voidedBy: null,
    })
    this.#shown.push({ transaction: args.transaction, witness: args.witness })
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
