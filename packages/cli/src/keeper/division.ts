/** Divides what has come in: counts the signatures of a set, divides its income, pays the insurance. Anybody may do each of it. */
import type { Address } from '@omg/protocol'
import {
  divideFees,
  getDueDivision,
  payInsurance,
  type RewardsLedger,
  type RootChain,
  rewardsAbi,
  type SendOptions,
  tallyParticipation,
} from '@omg/rootchain'
import type { RewardsStep, Tell } from './step.ts'

interface Divider {
  readonly rootChain: RootChain
  readonly tell: Tell<RewardsStep>
}

/** Divides everything that can be divided now, token by token. */
export async function divideIncome(
  divider: Divider,
  { ledger, ...options }: SendOptions & { readonly ledger: RewardsLedger },
): Promise<void> {
  for (const token of new Set(ledger.sets.map(set => set.token))) {
    await divideToken(divider, { token, ledger, ...options })
    await insure(divider, { token, ...options })
  }
}

async function divideToken(
  { rootChain, tell }: Divider,
  { token, ledger, ...options }: SendOptions & { readonly token: Address; readonly ledger: RewardsLedger },
): Promise<void> {
  for (;;) {
    const due = await getDueDivision(rootChain, { token, ledger })
    if (due === undefined) return
    for (const range of due.tallies) {
      await tallyParticipation(rootChain, { ...range, ...options })
      tell({ kind: 'tallied', ...range })
    }
    await divideFees(rootChain, { token, upTo: due.upTo, ...options })
    tell({ kind: 'divided', token, upTo: due.upTo })
  }
}

/** What a division has left for the insurance waits in the contract until somebody has it paid. */
async function insure(
  { rootChain, tell }: Divider,
  { token, ...options }: SendOptions & { readonly token: Address },
): Promise<void> {
  const waiting = await rootChain.ethereum.readContract({
    ...{ address: rootChain.deployment.rewards, abi: rewardsAbi },
    ...{ functionName: 'insured', args: [token] },
  })
  if (waiting === 0n) return
  tell({ kind: 'insured', token, amount: await payInsurance(rootChain, { token, ...options }) })
}
