import type { OrderTerms, Output, Pay } from '@omg/protocol'
import { networkNow } from '../actions/getFees.ts'
import type { Client } from '../client.ts'
import { getSpendable } from '../coins/spendable.ts'
import { type Memo, memoHash, type Payment, signPayment } from './payment.ts'
import { type GivenInput, type PaymentOptions, planPayment } from './plan.ts'
import { submitReserved } from './send.ts'
import { validUntil } from './validity.ts'

export interface PayOutputsParameters {
  readonly outputs: readonly Output[]
  /** Of the orders among the outputs, and of what they are chained to. */
  readonly orderTerms?: readonly OrderTerms[]
  /** Orders and trading balances of the account that it spends. */
  readonly given?: readonly GivenInput[]
  readonly memo?: Memo | undefined
  readonly options: PaymentOptions & { readonly validFor?: bigint }
}

/**
 * Chooses coins for the outputs and the fee, signs, and sends. One payment after the other, so that no two choose the same coins.
 *
 * @throws PaymentUnknownError when no answer came; SdkError `coins.*`, `payment.invalid`; the node's reason for refusing it.
 */
export function payOutputs(client: Client, parameters: PayOutputsParameters): Promise<Payment> {
  const { outputs, orderTerms = [], given = [], memo, options } = parameters
  return client.inTurn(async () => {
    const network = await networkNow(client)
    const end = await validUntil(client, options.validFor)
    const owned = await getSpendable(client)
    const plan = planPayment({ client, network, outputs, owned, options, given })
    const transaction: Pay = {
      kind: 'pay',
      inputs: plan.inputs,
      outputs: [...outputs, ...plan.change],
      validUntil: end,
      memo: memoHash(memo),
    }
    return submitReserved(client, await signPayment(client, transaction, plan.fee, orderTerms))
  })
}
