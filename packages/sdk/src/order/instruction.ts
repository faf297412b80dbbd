import {
  encodeInstruction,
  type Guard,
  type Hash,
  type Hex,
  instructionHash,
  MAX_STEPS,
  type MoveInstruction,
  OmgError,
  type OrderTerms,
  type Step,
  toHex,
} from '@omg/protocol'
import { signMove } from '../account/account.ts'
import type { Client } from '../client.ts'
import { SdkError, sdkError } from '../error.ts'
import { Fields } from '../node/decode.ts'
import { chainTime } from '../payment/validity.ts'

/**
 * A signed instruction: moves orders without racing against fills. Keep it until it is included: the same bytes are the same
 * instruction, which the chain includes at most once, however often they are sent.
 */
export interface Instruction {
  /** Names it everywhere. */
  readonly hash: Hash
  /** The signed bytes. */
  readonly signed: Hex
  readonly steps: readonly Step[]
  /** Guards of the orders and balances that it makes, in the order of the steps that do. */
  readonly made: readonly Guard[]
  /** Seconds of Ethereum time after which it is not included any more. */
  readonly validUntil: bigint
}

/** The node was asked and nobody knows whether it has the instruction: pass `instruction` to `resubmit`. */
export class InstructionUnknownError extends SdkError {
  readonly instruction: Instruction

  constructor(instruction: Instruction, cause: unknown) {
    super('instruction.unknown', `no answer to instruction ${instruction.hash}; it may be included`, cause)
    this.name = 'InstructionUnknownError'
    this.instruction = instruction
  }
}

/** How long an instruction may wait for its inclusion, in seconds: the next block takes it, or a budget makes it wait a few. */
export const INSTRUCTION_SECONDS = 600n

/** How an instruction is sent. */
export interface InstructionOptions {
  /** Seconds until it is not included any more, default 10 min, at most the two hours that the chain allows. */
  readonly validFor?: bigint
}

/** The steps of an instruction, with the terms that their witness lists. */
export interface PlannedSteps {
  readonly steps: readonly Step[]
  readonly orderTerms: readonly OrderTerms[]
}

/**
 * Signs steps as the owner or her agent, and sends them.
 *
 * @throws InstructionUnknownError when no answer came, else the node's reason for refusing it.
 */
export async function instruct(
  client: Client,
  planned: PlannedSteps,
  { validFor = INSTRUCTION_SECONDS }: InstructionOptions,
): Promise<Instruction> {
  const instruction = await signInstruction(client, planned, (await timeNow(client)) + validFor)
  await sendInstruction(client, instruction)
  return instruction
}

/** @throws SdkError `batch.size`, `wallet.*`, `client.no_account` */
export async function signInstruction(
  client: Client,
  { steps, orderTerms }: PlannedSteps,
  validUntil: bigint,
): Promise<Instruction> {
  if (steps.length === 0 || steps.length > MAX_STEPS) {
    throw sdkError('batch.size', `${steps.length} steps, where one signature has 1 to ${MAX_STEPS}`)
  }
  client.address()
  const { domain } = await client.network()
  const [nonce] = crypto.getRandomValues(new BigUint64Array(1))
  const move: MoveInstruction = { steps, validUntil, nonce: nonce! }
  const signature = await signMove(client.account!, move, domain)
  const witness = { signatures: [signature], orderTerms, swapTerms: [] }
  return {
    hash: instructionHash(move, domain),
    signed: toHex(encodeInstruction({ instruction: move, witness })),
    steps,
    made: steps.map(({ to }) => to).filter(to => BigInt(to) !== 0n),
    validUntil,
  }
}

/** Submits the bytes of an instruction. Idempotent: a node that has them already, in a block or not, is as good as one that takes them. */
export async function sendInstruction(client: Client, instruction: Instruction): Promise<void> {
  try {
    const answer = new Fields(
      await client.node.request('omg_submit', { transaction: instruction.signed }),
      'submission',
    )
    if (answer.hash('instruction') !== instruction.hash) {
      throw sdkError('node.answer', 'the node took another instruction')
    }
  } catch (error) {
    const isKnown = error instanceof OmgError && ALREADY_THERE.includes(error.code)
    if (isKnown) return
    if (error instanceof SdkError) throw new InstructionUnknownError(instruction, error)
    throw error instanceof OmgError
      ? error
      : sdkError('node.unreachable', 'the instruction could not be sent', error)
  }
}

const ALREADY_THERE: readonly string[] = ['mempool.duplicate', 'move.replayed']

/** Milliseconds for which a reading of the chain's clock is good: instructions live for minutes. */
const CLOCK_MS = 60_000
const clocks = new WeakMap<Client, { readonly offset: bigint; readonly read: number }>()

/** The time that `validUntil` counts from, asked for once a minute: who trades signs many instructions. */
async function timeNow(client: Client): Promise<bigint> {
  const now = Date.now()
  const known = clocks.get(client)
  if (known && now - known.read < CLOCK_MS) return BigInt(Math.floor(now / 1000)) + known.offset
  const time = await chainTime(client)
  clocks.set(client, { offset: time - BigInt(Math.floor(now / 1000)), read: now })
  return time
}
