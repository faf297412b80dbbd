import { DEFAULT_EXCHANGE, type FeePolicy, type LedgerParameters } from '@omg/ledger'
import { encodeDeployment } from '@omg/rootchain'
import { z } from 'zod'
import { nodeError } from '../../errors.ts'
import type { ValidatorSet } from '../../rootchain/validator-sets.ts'
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
    feePolicy: z
      .object({ epoch: decimal, targetBytes: z.int(), maxMultiple: z.int() })
      .optional()
      .describe('How fees move from those above, with which the chain began: omg_quoteFee has those of now'),
    validators: z.array(z.object({ address, power: decimal })),
    finalityDepth: z.int(),
    deployment: z.looseObject({}),
  }),
  handler({ parameters, deployment, domain, configuration, view, ledger }) {
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
      ...(parameters.feePolicy && { feePolicy: describePolicy(parameters.feePolicy) }),
      validators: describeSet(view.validators.at(ledger.tip.origin)).validators,
      finalityDepth: configuration.ethereum.finalityDepth,
      deployment: JSON.parse(encodeDeployment(deployment)),
    }
  },
})

export const getValidators = method({
  name: 'omg_getValidators',
  summary:
    'A validator set: the one whose keys sign the open checkpoint, or the one with a number; powers in OMG wei, and how far each took part lately.',
  params: z.strictObject({ id: decimal.optional() }),
  result: z.object({
    id: decimal,
    newest: decimal,
    validators: z.array(
      z.object({
        address,
        power: decimal,
        signed: z.int().describe('Of the newest closed checkpoints'),
        commits: z.int().describe('Blocks of late that it could have voted for'),
        voted: z.int().describe('Of those, the ones that it voted for in time'),
        lastVote: decimal.nullable().describe('Height of the last of them'),
      }),
    ),
    checkpoints: z.int(),
    commits: z.int(),
  }),
  handler({ view, ledger, checkpoints, participation }, { id }) {
    const sets = view.validators
    const set = id === undefined ? sets.at(ledger.tip.origin) : sets.get(BigInt(id))
    if (!set) throw nodeError('request.not_found', `There is no validator set ${id}.`)
    const recent = checkpoints
      .recent(ledger.tip.checkpoint - 1n)
      .filter(checkpoint => checkpoints.setOf(checkpoint)?.id === set.id)
    const signedBy = (validator: string) =>
      recent.filter(each => checkpoints.signatures(each).some(known => known.validator === validator)).length
    return {
      id: String(set.id),
      newest: String(sets.last.id),
      validators: describeSet(set).validators.map(known => {
        const { commits, voted, last } = participation.of(known.address)
        const lastVote = last === undefined ? null : String(last)
        return { ...known, signed: signedBy(known.address), commits, voted, lastVote }
      }),
      checkpoints: recent.length,
      commits: participation.commits,
    }
  },
})

function describeSet({ validators }: ValidatorSet) {
  return { validators: validators.map(known => ({ address: known.address, power: String(known.power) })) }
}

function describePolicy({ epoch, targetBytes, maxMultiple }: FeePolicy) {
  return { epoch: String(epoch), targetBytes, maxMultiple }
}

function describeExchange({ exchange = DEFAULT_EXCHANGE }: LedgerParameters) {
  const { makerBps, takerBps, moveBudget } = exchange
  return { makerBps, takerBps, moveBudget: { ...moveBudget, unitsPerStep: String(moveBudget.unitsPerStep) } }
}
