import type { Hash, Hex } from '@omg/protocol'
import { z } from 'zod'
import { MAX_SWITCH_INSTRUCTIONS, SWITCH_SECONDS } from '../../dead-man/switches.ts'
import { decimal, hashParam, hexParam, method } from '../method.ts'

export const armDeadMan = method({
  name: 'omg_armDeadMan',
  summary:
    'Cancels orders unless it is called again in time: the node keeps signed instructions that only cancel live orders of their signer, and submits them when so many seconds have gone by. Called again with the same id it starts the time anew, with new instructions or, without any, with those it has. The id is a secret of the caller.',
  params: z.strictObject({
    id: hashParam,
    seconds: z.int().min(SWITCH_SECONDS.least).max(SWITCH_SECONDS.most),
    instructions: z.array(hexParam).min(1).max(MAX_SWITCH_INSTRUCTIONS).optional(),
  }),
  result: z.object({ firesAt: decimal, instructions: z.int() }),
  async handler({ deadMan }, { id, seconds, instructions }) {
    const signed = instructions && { instructions: instructions as Hex[] }
    const armed = await deadMan.arm({ id: id as Hash, seconds, ...signed })
    if (!armed.ok) throw armed.error
    return { firesAt: String(armed.value.firesAt), instructions: armed.value.instructions }
  },
})

export const disarmDeadMan = method({
  name: 'omg_disarmDeadMan',
  summary: 'Forgets the instructions of a dead-man switch. False: none of this id is armed (any more).',
  params: z.strictObject({ id: hashParam }),
  result: z.object({ disarmed: z.boolean() }),
  async handler({ deadMan }, { id }) {
    return { disarmed: await deadMan.disarm(id as Hash) }
  },
})
