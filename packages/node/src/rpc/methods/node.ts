import { DEFAULT_EXCHANGE, type LedgerParameters } from '@omg/ledger'
import { encodeDeployment } from '@omg/rootchain'
import { z } from 'zod'
import { describeStatus } from '../../status.ts'
import { address, decimal, method } from '../method.ts'

export const status = method({
  name: 'omg_status',
  summary:
    'The state of the node: chain, checkpoints, mempool, Ethereum, store, and every alarm with what to do.',
  params: z.strictObject({}),
  result: z.looseObject({
    height: decimal,
    checkpoint: decimal,
    alarms: z.array(z.object({ code: z.string(), message: z.string(), action: z.string() })),
  }),
  handler: services => describeStatus(services),
})

export const getParameters = method({
  name: 'omg_getParameters',
  summary: 'What a client must know to use this chain: domain, fee schedule, deployment.',
  params: z.strictObject({}),
  result: z.object({
    domain: z.object({ chainId: decimal, verifyingContract: address }),
    feeTokens: z.array(
      z.object({
        lane: z.int(),
        token: address,
        symbol: z.string(),
        decimals: z.int(),
        unit: decimal,
        dust: decimal,
        fees: z.object({ payment: decimal, item: decimal }),
      }),
    ),
    feeRecipients: z.array(z.object({ owner: address, weight: decimal })),
    exchange: z.object({
      makerBps: z.int(),
      takerBps: z.int(),
      moveBudget: z.object({ steps: z.int(), unitsPerStep: decimal, cancels: z.int() }),
    }),
    validators: z.array(z.object({ address, power: decimal })),
    finalityDepth: z.int(),
    deployment: z.looseObject({}),
  }),
  handler({ parameters, deployment, domain, configuration, validators }) {
    return {
      domain: { chainId: String(domain.chainId), verifyingContract: domain.verifyingContract },
      feeTokens: parameters.feeTokens.map(({ lane, token, unit, dust, fees }) => {
        const { symbol, decimals } = deployment.feeTokens.find(known => known.lane === lane)!
        return {
          ...{ lane, token, symbol, decimals },
          unit: String(unit),
          dust: String(dust),
          fees: { payment: String(fees.payment), item: String(fees.item) },
        }
      }),
      feeRecipients: parameters.feeRecipients.map(({ owner, weight }) => ({ owner, weight: String(weight) })),
      exchange: describeExchange(parameters),
      validators: validators.map(({ address: validator, power }) => ({
        address: validator,
        power: String(power),
      })),
      finalityDepth: configuration.ethereum.finalityDepth,
      deployment: JSON.parse(encodeDeployment(deployment)),
    }
  },
})

function describeExchange({ exchange = DEFAULT_EXCHANGE }: LedgerParameters) {
  const { makerBps, takerBps, moveBudget } = exchange
  return { makerBps, takerBps, moveBudget: { ...moveBudget, unitsPerStep: String(moveBudget.unitsPerStep) } }
}
