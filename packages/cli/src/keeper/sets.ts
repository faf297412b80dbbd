/** Publishes the next validator set when stake has changed, or fees wait for the end of the current one. Anybody may. */
import {
  getStakePool,
  getStandingValidators,
  getValidatorSet,
  publishValidatorSet,
  type RewardsLedger,
  type RootChain,
  type SendOptions,
  type ValidatorSet,
} from '@omg/rootchain'
import type { RewardsStep, Tell } from './step.ts'

/** After as many epochs a set may be renewed although nothing has changed: contracts/src/Bonding.sol. */
export const RENEWAL_EPOCHS = 7n

/** Publishes the next set if it is time. */
export async function publishDueSet(
  { rootChain, tell }: { readonly rootChain: RootChain; readonly tell: Tell<RewardsStep> },
  { ledger, ...options }: SendOptions & { readonly ledger: RewardsLedger },
): Promise<void> {
  const set = await getValidatorSet(rootChain)
  const { timestamp } = await rootChain.ethereum.getBlock()
  const age = set === undefined ? timestamp : timestamp - set.publishedAt
  const epoch = BigInt(rootChain.deployment.parameters.epoch)
  if (age < epoch) return
  const isRenewal = age >= RENEWAL_EPOCHS * epoch && set !== undefined && isEarning(set, ledger)
  if (!isRenewal && !(await hasChanged(rootChain, set))) return
  await publishValidatorSet(rootChain, options)
  tell({ kind: 'published', validatorSetId: (set?.id ?? 0n) + 1n })
}

/** Income is divided when its set has ended, so one that earns is renewed as soon as it may be. */
function isEarning({ id }: ValidatorSet, { open, sets }: RewardsLedger): boolean {
  return open.some(coin => coin.validatorSetId === id) || sets.some(set => set.validatorSetId === id)
}

/** Whether the stake as it is would make another set than the current one. */
async function hasChanged(rootChain: RootChain, set: ValidatorSet | undefined): Promise<boolean> {
  const standing = await getStandingValidators(rootChain)
  const pools = await Promise.all(standing.map(validator => getStakePool(rootChain, { validator, standing })))
  if (set === undefined || set.validators.length !== pools.length) return true
  const powers = new Map(set.validators.map(({ signer, bond }) => [signer, bond]))
  return pools.some(pool => pool !== undefined && powers.get(pool.signer) !== pool.tokens)
}
