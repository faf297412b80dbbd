/** Publishes the next validator set of a devnet when stake has changed, as anybody may; on a public network those who have a stake in it do. */
import {
  getStakePool,
  getStandingValidators,
  getValidatorSet,
  publishValidatorSet,
  RevertedError,
  type RootChain,
} from '@omg/rootchain'
import { rootChainFor } from './funding.ts'
import type { RunningNetwork } from './network.ts'

/** Between two looks, in milliseconds. */
const LOOK_MS = 1_000

/** Whether the stake as it is would make another set than the current one. */
async function isDue(rootChain: RootChain): Promise<boolean> {
  const [set, standing] = await Promise.all([getValidatorSet(rootChain), getStandingValidators(rootChain)])
  const pools = await Promise.all(standing.map(validator => getStakePool(rootChain, { validator, standing })))
  if (set === undefined || set.validators.length !== pools.length) return true
  const powers = new Map(set.validators.map(({ signer, bond }) => [signer, bond]))
  return pools.some(pool => pool !== undefined && powers.get(pool.signer) !== pool.tokens)
}

/** Looks after the validator sets of a network until it is stopped. */
export function keepValidatorSets(
  { deployment, ethereumUrl }: Pick<RunningNetwork, 'deployment' | 'ethereumUrl'>,
  tell: (line: string) => void,
): { stop(): Promise<void> } {
  const rootChain = rootChainFor('keeper', deployment, ethereumUrl)
  const stopping = new AbortController()
  let told = ''
  const look = async () => {
    try {
      if (await isDue(rootChain)) await publishValidatorSet(rootChain, { signal: stopping.signal })
    } catch (error) {
      // Somebody else was faster, or the epoch is not over.
      if (error instanceof RevertedError || stopping.signal.aborted) return
      const words = error instanceof Error ? error.message : String(error)
      if (words !== told) tell(`The next validator set could not be published: ${words}`)
      told = words
    }
  }
  const run = async () => {
    while (!stopping.signal.aborted) {
      await look()
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, LOOK_MS)
        stopping.signal.addEventListener(
          'abort',
          () => {
            clearTimeout(timer)
            resolve()
          },
          { once: true },
        )
      })
    }
  }
  const over = run()
  return {
    stop() {
      stopping.abort()
      return over
    },
  }
}
