import { createMapper, readEntry } from '@omg/ledger'
import type { Address, Domain, TxHash } from '@omg/protocol'
import { getInFlight, getShownCreators, noteVoid, type RootChain } from '@omg/rootchain'
import type { Logger } from 'pino'
import type { AlarmBook } from '../alarm/book.ts'
import type { Chain } from '../chain/open.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { Customers } from '../customer/customers.ts'
import { createExitCalls } from '../customer/exits.ts'
import { Protection } from '../customer/protection.ts'
import type { Records } from '../ethereum/records.ts'
import type { Store } from '../store/store.ts'
import { createChallenger } from './challenger.ts'
import { Evidence } from './evidence.ts'
import { Guard } from './guard.ts'
import { Makers } from './makers.ts'
import { VoidNotes } from './note-void.ts'

export interface OpenGuardParts {
  readonly store: Store
  readonly records: Records
  readonly alarms: AlarmBook
  readonly chain: Chain
  readonly domain: Domain
  readonly rootChain: RootChain
  /** Who signs challenges; null: it only watches. */
  readonly watcher: Address | null
  readonly log: Logger
  readonly signal: AbortSignal
  readonly onDisputeWon: () => void
  /** Wei. */
  readonly onEarned: (amount: bigint) => void
}

/** Everything that answers on Ethereum: what is wrong there, and what customers have on this chain. */
export interface Sentries {
  readonly evidence: Evidence
  readonly guard: Guard
  readonly customers: Customers
  readonly protection: Protection
  readonly notes: VoidNotes | undefined
}

export function openSentries(options: Configuration, parts: OpenGuardParts): Sentries {
  const { store, records, alarms, chain, domain, rootChain, watcher, log, signal } = parts
  const { checkpoints, ledger, outputs } = chain
  const now = () => records.time()
  const live = (id: Uint8Array) => {
    const entry = ledger.unspent.get(id)
    return entry && readEntry(entry).position
  }
  const evidence = new Evidence({
    ...{ store, checkpoints, domain, map: createMapper(domain), now, live },
    isVoid: (txHash: TxHash) => records.docket.isVoid(txHash),
  })
  const makers = new Makers({
    ...{ domain, blocks: checkpoints },
    shownIn: transactionHash => getShownCreators(rootChain, { transactionHash }),
  })
  const signs = watcher !== null
  const guard = new Guard({
    ...{ store, records, sightings: evidence, makers, alarms, watcher },
    challenger: signs ? createChallenger(rootChain, evidence, signal) : undefined,
    turnSeconds: BigInt(options.turnSeconds),
    verdictOf: txHash => verdictNow(rootChain, txHash),
    onDispute: dispute => {
      parts.onDisputeWon()
      log.warn({ dispute: dispute.key, transactions: dispute.transactions }, 'answered a wrong claim')
    },
    onEarned: parts.onEarned,
  })
  const { open } = options
  const customers = new Customers({ store, outputs, checkpoints, ledger, domain, watcher, open, now })
  const calls = signs ? createExitCalls(rootChain, evidence, signal) : undefined
  const protection = new Protection({ customers, records, alarms, calls, log, signal })
  return { evidence, guard, customers, protection, notes: openNotes(options, parts) }
}

function openNotes(options: Configuration, parts: OpenGuardParts): VoidNotes | undefined {
  const { chain, records, rootChain, watcher, log, signal } = parts
  if (watcher === null) return undefined
  return new VoidNotes({
    ...{ records, watcher, log, signal },
    isCustomers: outputId => chain.outputs.get(outputId) !== undefined,
    note: async txHash => (await noteVoid(rootChain, { txHash, signal })).transactionHash,
    turnSeconds: BigInt(options.turnSeconds),
  })
}

/** What Ethereum would decide if the time of the transaction were over now. */
async function verdictNow(
  rootChain: RootChain,
  txHash: TxHash,
): Promise<{ verdict: 'canonical' | 'void'; decided: boolean }> {
  const inFlight = await getInFlight(rootChain, { txHash })
  const verdict = inFlight?.verdict ?? 'none'
  if (verdict !== 'none') return { verdict, decided: true }
  return { verdict: inFlight?.lost === 0 ? 'canonical' : 'void', decided: false }
}
