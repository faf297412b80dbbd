import { isPunished } from '@omg/rootchain'
import { rootChainOf } from '@omg/rootchain/testing'
import { STRANGER } from './keeper.ts'
import type { Load } from './load.ts'
import type { FaultNetwork, Status } from './network.ts'
import { stakeOf } from './offences.ts'
import type { FaultCase } from './outcome.ts'

/** Blocks that the backup does not have, and blocks afterwards. */
const BLOCKS = 5

interface Commit {
  readonly signed_header: {
    readonly commit: { readonly signatures: readonly { readonly validator_address: string }[] }
  }
}

/**
 * A backup takes the place of everything that a validator has, the records of what it signed included, while the chain waits for its vote in
 * a round in which it may have voted. Three of four are up then, and stand still; with the fourth they go on, and it with them.
 */
export const RESTORED: FaultCase = {
  name: 'one is restored from a backup',
  async run(network, load, found) {
    const [restored, away] = [1, 3]
    const address = network.addressOf(restored)
    const before = await stakeOf(network, address)
    await network.kill([restored], 'SIGTERM')
    network.backUp(restored)
    await network.start(restored)
    await votedAt(network, restored, (await network.height(0)) + BLOCKS, load)
    await network.kill([away])
    await load.more(2)
    await network.kill([restored])
    network.restore(restored)
    await network.start(restored)
    await network.until(
      async () => network.logged(restored, '"signer.restored"').length > 0,
      'the old record is noticed',
    )
    await network.standsStill(0)
    await network.start(away)
    const until = Math.max(...network.logged(restored, '"signer.restored"').map(silentUntil))
    await votedAt(network, restored, until + BLOCKS, load)
    for (const height of [until - 1, until]) {
      if (await hasVoted(network, address, height)) throw new Error(`it has a vote at ${height}`)
    }
    const reader = rootChainOf(network.ethereum, network.deployment, STRANGER)
    const isCharged = await isPunished(reader, { validator: address, kind: 'doubleVote', validatorSetId: 1n })
    if (isCharged || (await stakeOf(network, address)) !== before) throw new Error('it has lost stake')
    found({ found: `by itself: no vote up to ${until}` })
  },
}

const silentUntil = (line: string) => Number((JSON.parse(line) as { until: number }).until)

async function hasVoted(network: FaultNetwork, validator: string, height: number): Promise<boolean> {
  const { result } = await network.answer<Status>(0, 'omg_status', {})
  const response = await fetch(`http://${result!.engine.network!.rpc}/commit?height=${height}`)
  const { signed_header } = ((await response.json()) as { result: Commit }).result
  const voters = signed_header.commit.signatures.map(({ validator_address }) => validator_address)
  return voters.some(voter => `0x${voter.toLowerCase()}` === validator)
}

/** Waits until commits show a vote of a validator at a height or later. */
async function votedAt(network: FaultNetwork, validator: number, height: number, load: Load): Promise<void> {
  const address = network.addressOf(validator)
  type Answer = { validators: readonly { address: string; lastVote: string | null }[] }
  await network.until(async () => {
    await load.more(1)
    const { result } = await network.answer<Answer>(0, 'omg_getValidators', {})
    const last = result!.validators.find(known => known.address === address)?.lastVote
    return Number(last ?? 0) >= height
  }, `a vote of validator ${validator} at height ${height} or later`)
}
