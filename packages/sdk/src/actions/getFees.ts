import type { Address } from '@omg/protocol'
import type { FeeSchedule } from '@omg/stake'
import type { Client, Network } from '../client.ts'
import { Fields } from '../node/decode.ts'

/** What the fees are, and where the votes take them. */
export interface Fees {
  /** What the stakers have voted. */
  readonly voted: FeeSchedule
  /** One step further, as votes stand. */
  readonly nextEpoch: FeeSchedule
  /** In seconds; absent where fees never move. */
  readonly epoch: { readonly number: bigint; readonly seconds: bigint; readonly endsAt: bigint } | undefined
  /** What voted fees are multiplied with, in parts per million, and the most that it can be. */
  readonly congestion: bigint
  readonly maxCongestion: bigint
  /** Due for one signature in the next block, in lane units. */
  readonly feeTokens: readonly {
    readonly lane: number
    readonly token: Address
    readonly accepted: boolean
    readonly payment: bigint
    readonly item: bigint
  }[]
}

/** The fees of the chain: voted by the stakers, and congestion on top. */
export async function getFees(client: Client): Promise<Fees> {
  const answer = new Fields(await client.node.request('omg_getFees', {}), 'fees')
  const epoch = answer.has('epoch') ? answer.object('epoch') : undefined
  return {
    voted: scheduleOf(answer.object('voted')),
    nextEpoch: scheduleOf(answer.object('nextEpoch')),
    epoch: epoch && {
      number: epoch.integer('number'),
      seconds: epoch.integer('seconds'),
      endsAt: epoch.integer('endsAt'),
    },
    congestion: answer.integer('congestion'),
    maxCongestion: answer.integer('maxCongestion'),
    feeTokens: answer.list('feeTokens', value => {
      const fields = new Fields(value, 'fee token')
      return {
        lane: fields.count('lane'),
        token: fields.address('token'),
        accepted: fields.flag('accepted'),
        payment: fields.integer('payment'),
        item: fields.integer('item'),
      }
    }),
  }
}

/** The network with the fees of the next block: what a payment is planned with. */
export async function networkNow(client: Client): Promise<Network> {
  const [network, fees] = await Promise.all([client.network(), getFees(client)])
  const feeTokens = network.feeTokens.map(token => {
    const due = fees.feeTokens.find(({ lane }) => lane === token.lane)
    if (due === undefined) return { ...token, accepted: false }
    const inUnits = { payment: due.payment * token.unit, item: due.item * token.unit }
    return { ...token, accepted: due.accepted, fees: inUnits }
  })
  return { ...network, feeTokens }
}

function scheduleOf(fields: Fields): FeeSchedule {
  const integers = (name: string) => fields.list(name, value => new Fields({ value }, name).integer('value'))
  const counts = (name: string) => fields.list(name, value => new Fields({ value }, name).count('value'))
  return {
    payment: integers('payment'),
    item: integers('item'),
    accepted: fields.list('accepted', value => new Fields({ value }, 'accepted').flag('value')),
    makerBps: counts('makerBps'),
    takerBps: counts('takerBps'),
    steps: fields.count('steps'),
    unitsPerStep: fields.integer('unitsPerStep'),
    cancels: fields.count('cancels'),
  }
}
