/**
 * Does for a network what anybody may do and somebody has to: publishes validator sets, brings the fees to Ethereum, divides them, takes offences of
 * validators there. All it knows is on Ethereum, but for the salts of announced proofs; so it can be stopped at any time, and several at once
 * only get in each other's way.
 */
import {
  type AskNode,
  getFirstCheckpointOf,
  getRewardsEvents,
  RevertedError,
  type RewardsEvent,
  type RewardsLedger,
  type RootChain,
  rewardsLedgerOf,
} from '@omg/rootchain'
import type { OmgClient } from '@omg/sdk'
import { LeftCoins } from './coins.ts'
import { collectCoins, type LeastWorth, takeIn } from './collection.ts'
import { divideIncome } from './division.ts'
import { OffenceWatch } from './offences.ts'
import { Records } from './records.ts'
import { publishDueSet } from './sets.ts'
import type { Duty, KeeperStep, Tell } from './step.ts'

export interface KeeperOptions {
  readonly client: OmgClient
  /** With an account that has ether for gas and bonds; bonds come back. */
  readonly rootChain: RootChain
  readonly least: LeastWorth
  /** The first checkpoint to search for fee coins, default the first one of the sets that are not divided. */
  readonly from?: bigint | undefined
  /** Further nodes to ask for evidence, default none. */
  readonly others?: readonly AskNode[] | undefined
  /** Where salts of announced proofs are kept, and in `shown/` signed headers that others have seen. */
  readonly folder: string
  /** Duties that somebody else looks after, default none. */
  readonly without?: readonly Duty[] | undefined
  /** Is told of everything that was done, and of what failed. */
  readonly tell: Tell<KeeperStep>
}

/** How far a keeper is. */
export interface KeeperState {
  /** The next checkpoint to search for fee coins; 0 before the first round. */
  readonly nextCheckpoint: bigint
  /** Fee coins on their way. */
  readonly openExits: number
}

export class Keeper {
  readonly #options: KeeperOptions
  readonly #records: Records<RewardsEvent, RewardsLedger>
  readonly #offences: OffenceWatch
  readonly #left = new LeftCoins()
  /** Undefined until the first look at what is divided. */
  #nextCheckpoint: bigint | undefined
  #openExits = 0

  constructor(options: KeeperOptions) {
    this.#options = options
    const { client, rootChain, folder, others, tell } = options
    this.#records = new Records({
      rootChain,
      events: range => getRewardsEvents(rootChain, range),
      ledgerOf: rewardsLedgerOf,
    })
    this.#offences = new OffenceWatch({
      ...{ rootChain, folder, others, tell },
      ask: (method, params) => client.node.request(method, params) as Promise<never>,
    })
    this.#nextCheckpoint = options.from
  }

  get state(): KeeperState {
    return { nextCheckpoint: this.#nextCheckpoint ?? 0n, openExits: this.#openExits }
  }

  /** Does what is due now. What fails is told, and is due again in the next round; the other duties are done all the same. */
  async round(signal?: AbortSignal): Promise<void> {
    const { client, rootChain, least, tell } = this.#options
    const options = signal ? { signal } : {}
    const parts = { client, rootChain, least, tell }
    // Of two provers the first is paid, and what is stolen should not wait for fees.
    await this.#duty('offences', signal, () => this.#offences.round(options))
    const withLedger = (duty: Duty, work: (ledger: RewardsLedger) => Promise<void>) =>
      this.#duty(duty, signal, async () => {
        const ledger = await this.#records.read()
        this.#openExits = ledger.open.length
        await work(ledger)
      })
    await withLedger('sets', ledger => publishDueSet(parts, { ledger, ...options }))
    await withLedger('collection', ledger => takeIn(parts, { ledger, ...options }))
    await withLedger('division', ledger => divideIncome(parts, { ledger, ...options }))
    await withLedger('collection', async ledger => {
      const from = this.#nextCheckpoint ?? (await firstUndivided(rootChain, ledger))
      this.#nextCheckpoint = await collectCoins(parts, { from, ledger, left: this.#left, ...options })
    })
  }

  async #duty(duty: Duty, signal: AbortSignal | undefined, work: () => Promise<void>): Promise<void> {
    if (signal?.aborted || this.#options.without?.includes(duty)) return
    try {
      await work()
    } catch (error) {
      // Somebody else was faster: the next round sees what is left to do.
      if (signal?.aborted || (error instanceof RevertedError && OVERTAKEN.includes(error.reason))) return
      this.#options.tell({ kind: 'failed', duty, error })
    }
  }
}

/** How the contracts refuse what another keeper has done between our look and our transaction. */
const OVERTAKEN = [
  'NothingChanged',
  'EpochNotOver',
  'AlreadyDivided',
  'WrongRange',
  'NothingToClaim',
  'ExitsPending',
]

/** Where a keeper that starts begins to search: what is older was collected, or not worth it. */
export async function firstUndivided(rootChain: RootChain, { open, sets }: RewardsLedger): Promise<bigint> {
  const divided = [...new Set(sets.map(set => set.token))].map(token => {
    const last = sets.findLast(set => set.token === token && set.division !== undefined)
    return (last?.validatorSetId ?? 0n) + 1n
  })
  const undivided = sets.filter(set => set.division === undefined).map(set => set.validatorSetId)
  const ids = [...divided, ...undivided, ...open.map(coin => coin.validatorSetId)]
  const [validatorSetId = 1n] = ids.toSorted((a, b) => Number(a - b))
  return getFirstCheckpointOf(rootChain, { validatorSetId })
}
