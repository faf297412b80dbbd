import type { Ledger } from '@omg/ledger'
import {
  type Address,
  coinGuard,
  type Domain,
  exitDelegateDigest,
  fail,
  type OmgError,
  type OutputId,
  ok,
  type Result,
  recoverSigner,
} from '@omg/protocol'
import type { Delegation } from '../api/view.ts'
import type { Checkpoints } from '../chain/checkpoints.ts'
import type { CustomerOutputs } from '../chain/recorder.ts'
import { watcherError } from '../error.ts'
import type { Store } from '../store/store.ts'
import { type ExitData, exitDataOf, waitingDepositData } from './exit-data.ts'

/** Customers at most: each block is searched for outputs of all of them. */
export const MAX_CUSTOMERS = 100_000
const DELEGATIONS = 'delegations'

export interface CustomersOptions {
  readonly store: Store
  readonly outputs: CustomerOutputs
  readonly checkpoints: Checkpoints
  readonly ledger: Ledger
  readonly domain: Domain
  /** The address that may be a delegate; null where this watcher has no key. */
  readonly watcher: Address | null
  /** Whether strangers become customers by delegating. */
  readonly open: boolean
  /** Chain time in seconds. */
  readonly now: () => bigint
}

/** Owners whose outputs the watcher can withdraw: the data for all of them, the right for those who delegated. */
export class Customers {
  readonly #options: CustomersOptions
  readonly #delegations: Map<Address, Delegation>

  constructor(options: CustomersOptions) {
    this.#options = options
    const kept = options.store.read<Delegation[]>(DELEGATIONS) ?? []
    this.#delegations = new Map(kept.map(delegation => [delegation.owner, delegation]))
  }

  get count(): number {
    return this.#options.outputs.ownerCount()
  }

  /** Delegations that are still valid. */
  delegations(): Delegation[] {
    const now = this.#options.now()
    return [...this.#delegations.values()].filter(({ validUntil }) => validUntil >= now)
  }

  /** Everything a customer needs to withdraw each of her outputs. Errors: `customer.unknown`. */
  exitData(owner: Address): Result<readonly ExitData[], OmgError> {
    const { outputs } = this.#options
    if (!outputs.isOwner(owner)) return fail(watcherError('customer.unknown', `${owner} is not a customer`))
    const live = outputs.of(owner).flatMap(output => this.#dataOf(output.outputId) ?? [])
    return ok([...live, ...this.#waitingDeposits(owner)])
  }

  /** Finishes the exit data of everything committed, so that it is at hand when it is needed. */
  async prepare(): Promise<void> {
    const { store, outputs, checkpoints } = this.#options
    for (const output of outputs.all()) {
      if (store.exitData(output.outputId) !== undefined) continue
      const data = exitDataOf(output, checkpoints)
      if (data?.kind === 'transaction') await store.keepExitData(output.outputId, data)
    }
  }

  /** Takes the right to start exits for an owner. Errors: `delegation.*`. */
  async delegate(delegation: Delegation): Promise<Result<{ validUntil: bigint }, OmgError>> {
    const problem = this.#problemOf(delegation)
    if (problem !== undefined) return fail(problem)
    const { store, outputs, ledger } = this.#options
    if (!outputs.isOwner(delegation.owner)) {
      outputs.addOwner(delegation.owner)
      const found = [...ledger.unspent.entries()].flatMap(entries => outputs.find(entries))
      const hers = found.filter(({ owner }) => owner === delegation.owner)
      outputs.adopt(hers)
      await store.addCustomerOutputs(hers)
    }
    this.#delegations.set(delegation.owner, delegation)
    await store.write(DELEGATIONS, [...this.#delegations.values()])
    return ok({ validUntil: delegation.validUntil })
  }

  #problemOf(delegation: Delegation): OmgError | undefined {
    const { watcher, domain, now, open, outputs } = this.#options
    const { owner, delegate, validUntil, signature } = delegation
    if (delegate !== watcher) {
      return watcherError(
        'delegation.delegate',
        watcher === null ? 'this watcher has no key' : `it is ${watcher}`,
      )
    }
    if (validUntil < now()) return watcherError('delegation.expired', `it was valid until ${validUntil}`)
    const signer = recoverSigner(exitDelegateDigest({ owner, delegate, validUntil }, domain), signature)
    if (!signer.ok) return signer.error
    if (signer.value !== owner)
      return watcherError('delegation.signer', `${signer.value} signed, not ${owner}`)
    if (outputs.isOwner(owner)) return undefined
    if (!open) return watcherError('customer.unknown', `${owner} is not a customer`)
    return this.count >= MAX_CUSTOMERS
      ? watcherError('delegation.customers', `there are ${MAX_CUSTOMERS} already`)
      : undefined
  }

  #dataOf(outputId: OutputId): ExitData | undefined {
    const { store, outputs, checkpoints } = this.#options
    const output = outputs.get(outputId)
    return store.exitData<ExitData>(outputId) ?? (output && exitDataOf(output, checkpoints))
  }

  /** Deposits of an owner that no block has taken. */
  #waitingDeposits(owner: Address): ExitData[] {
    const { store, ledger } = this.#options
    const waiting: ExitData[] = []
    const guard = coinGuard(owner)
    for (let index = ledger.tip.inboxCursor; index < store.depositCount(); index++) {
      const deposit = store.deposit(index)!
      if (deposit.output.guard === guard) waiting.push(waitingDepositData(deposit, owner))
    }
    return waiting
  }
}
