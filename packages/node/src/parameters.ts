import type { ExchangeParameters, LedgerParameters } from '@omg/ledger'
import type { Address } from '@omg/protocol'
import { type Deployment, domainOf } from '@omg/rootchain'
import type { Configuration } from './configuration/schema.ts'

/** Least fee of a payment and of a transfer of an item, in lane units, where the configuration says nothing. */
export const DEFAULT_PAYMENT_FEE = 1_000n
export const DEFAULT_ITEM_FEE = 2_000n
/** Smallest output of a fee token, in lane units, where the configuration says nothing (A30). */
export const DEFAULT_DUST = 100n

function exchangeParameters({ exchange }: Configuration): ExchangeParameters {
  const { makerBps, takerBps, steps, unitsPerStep, cancels } = exchange
  return { makerBps, takerBps, moveBudget: { steps, unitsPerStep, cancels } }
}

/**
 * What every node of a chain agrees on: the deployment's fee tokens with the configured fees, which go to the contract that divides them
 * among the stakers unless others are configured.
 */
export function ledgerParameters(deployment: Deployment, configuration: Configuration): LedgerParameters {
  const { lanes, recipients, targetBytes, maxMultiple } = configuration.fees
  const feeRecipients = recipients.map(({ owner: recipient, weight }) => ({
    owner: recipient as Address,
    weight,
  }))
  if (feeRecipients.length === 0) feeRecipients.push({ owner: deployment.rewards, weight: 1n })
  return {
    domain: domainOf(deployment),
    feeTokens: deployment.feeTokens.map(({ lane, token, unit }) => {
      const set = lanes.find(fees => fees.lane === lane)
      return {
        ...{ lane, token, unit },
        dust: set?.dust ?? DEFAULT_DUST * unit,
        fees: { payment: set?.payment ?? DEFAULT_PAYMENT_FEE, item: set?.item ?? DEFAULT_ITEM_FEE },
      }
    }),
    feeRecipients,
    exchange: exchangeParameters(configuration),
    feePolicy: { epoch: BigInt(deployment.parameters.epoch), targetBytes, maxMultiple },
  }
}
