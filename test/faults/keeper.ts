import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DUTIES, type Duty, Keeper, type KeeperStep } from '@omg/cli/keeper'
import type { Address } from '@omg/protocol'
import { rootChainOf, testAccount } from '@omg/rootchain/testing'
import { createClient, type OmgClient } from '@omg/sdk'
import type { FaultNetwork } from './network.ts'

/** A test account that validates nothing and has no stake: whoever sees an offence can prove it. */
export const STRANGER = 15

/** A keeper that looks after one duty, at the node of validator 0. Nobody tells it who did what. */
export class FaultKeeper {
  readonly #folder = mkdtempSync(join(tmpdir(), 'omg-faults-keeper-'))
  readonly #client: OmgClient
  readonly #keeper: Keeper
  readonly #steps: KeeperStep[] = []

  constructor(network: FaultNetwork, only: Duty) {
    const { ethereum, deployment } = network
    const account = testAccount(STRANGER)
    this.#client = createClient({ node: network.url(0), ethereum: ethereum.url, deployment, account })
    this.#keeper = new Keeper({
      client: this.#client,
      rootChain: rootChainOf(ethereum, deployment, STRANGER),
      least: new Map(),
      folder: this.#folder,
      without: DUTIES.filter(duty => duty !== only),
      tell: step => void this.#steps.push(step),
    })
  }

  round(): Promise<void> {
    return this.#keeper.round()
  }

  /** Whose offence it has proven. */
  get slashed(): Address | undefined {
    return this.#steps.find(step => step.kind === 'slashed')?.validator
  }

  /** The validator set that it has published. */
  get published(): bigint | undefined {
    return this.#steps.find(step => step.kind === 'published')?.validatorSetId
  }

  close(): void {
    this.#client.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** A keeper that looks after nothing but offences. */
export class OffenceKeeper extends FaultKeeper {
  constructor(network: FaultNetwork) {
    super(network, 'offences')
  }
}
