import { type OmgError, protocolError, type Result } from '../error.ts'
import type { Guard, OutputId } from '../hex.ts'
import {
  MAX_FILLS,
  MAX_INPUTS,
  MAX_OUTPUTS,
  MAX_STEP_INPUTS,
  MAX_STEPS,
  MAX_TRANSACTION_BYTES,
  MIN_FILLS,
} from '../limits.ts'
import { type Output, type OutputTypeName, readOutput, writeOutput } from '../output.ts'
import { isDepositPosition, readPosition, writePosition } from '../position.ts'
import { Reader } from '../reader.ts'
import { Writer } from '../writer.ts'
import {
  type Deposit,
  type Fee,
  inputsOf,
  type Move,
  type MoveInstruction,
  type Pay,
  type Settle,
  type Transaction,
  TransactionKind,
  type TransactionKindName,
} from './transaction.ts'

const KIND_NAMES = Object.keys(TransactionKind) as TransactionKindName[]

/** The output types that a kind of transaction may list. */
const MAY_MAKE: Readonly<Record<'pay' | 'fee' | 'deposit', readonly OutputTypeName[]>> = {
  pay: ['coin', 'order', 'swap', 'chain', 'item'],
  fee: ['coin', 'fee'],
  deposit: ['coin', 'item', 'order', 'chain'],
}

/** A transaction as `kind ‖ body`. Throws where it is not valid. */
export function encodeTransaction(transaction: Transaction): Uint8Array {
  const writer = new Writer()
  writeTransaction(writer, transaction)
  return writer.finish()
}

/**
 * Bytes to a transaction; accepts exactly one encoding of each.
 * Errors: `encoding.*` and `output.type`.
 */
export function decodeTransaction(bytes: Uint8Array): Result<Transaction> {
  const reader = new Reader(bytes)
  if (bytes.length > MAX_TRANSACTION_BYTES) reader.refuseWith('encoding.too_long', `${bytes.length} bytes`)
  return reader.finish(readTransaction(reader))
}

export function writeTransaction(writer: Writer, transaction: Transaction): void {
  const problem = transactionProblem(transaction)
  if (problem) throw problem
  const kind: number | undefined = TransactionKind[transaction.kind]
  if (kind === undefined) throw protocolError('encoding.kind', `no transaction ${transaction.kind}`)
  writer.u8(kind)
  switch (transaction.kind) {
    case 'pay':
      writeInputs(writer, transaction.inputs, 1, MAX_INPUTS)
      writeOutputs(writer, transaction.outputs)
      writer.u64(transaction.validUntil).hash(transaction.memo)
      return
    case 'move':
      writeMove(writer, transaction)
      return
    case 'settle':
      writeSettle(writer, transaction)
      return
    case 'claim':
    case 'refund':
      writer.hash(transaction.input)
      return
    case 'fee':
      writer.u64(transaction.checkpoint)
      writeInputs(writer, transaction.inputs, 0, MAX_INPUTS)
      writeOutputs(writer, transaction.outputs)
      return
    case 'deposit':
      writer.u64(transaction.inboxIndex)
      writePosition(writer, transaction.position)
      writeOutput(writer, transaction.output)
  }
}

export function readTransaction(reader: Reader): Transaction {
  const transaction = readBody(reader)
  if (!reader.failed) reader.refuse(transactionProblem(transaction))
  return transaction
}

/** The input part of a MOVE, `{c ‖ inputs} × n`: what its hash covers beside the signed instruction. */
export function encodeMoveInputs(move: Move): Uint8Array {
  const writer = new Writer()
  writeMoveInputs(writer, move)
  return writer.finish()
}

function readBody(reader: Reader): Transaction {
  const code = reader.u8()
  const kind = KIND_NAMES[code - 1]
  switch (kind) {
    case 'pay':
      return readPay(reader)
    case 'move':
      return readMove(reader)
    case 'settle':
      return readSettle(reader)
    case 'fee':
      return readFee(reader)
    case 'deposit':
      return readDeposit(reader)
    case 'refund':
      return { kind, input: reader.hash<OutputId>() }
    case 'claim':
      return { kind, input: reader.hash<OutputId>() }
    default:
      reader.refuseWith('encoding.kind', `transaction kind ${code} does not exist`)
      return { kind: 'claim', input: reader.hash<OutputId>() }
  }
}

function readPay(reader: Reader): Pay {
  return {
    kind: 'pay',
    inputs: readInputs(reader, 1, MAX_INPUTS),
    outputs: readOutputs(reader),
    validUntil: reader.u64(),
    memo: reader.hash(),
  }
}

function readFee(reader: Reader): Fee {
  return {
    kind: 'fee',
    checkpoint: reader.u64(),
    inputs: readInputs(reader, 0, MAX_INPUTS),
    outputs: readOutputs(reader),
  }
}

function readDeposit(reader: Reader): Deposit {
  return {
    kind: 'deposit',
    inboxIndex: reader.u64(),
    position: readPosition(reader),
    output: readOutput(reader),
  }
}

/** What the owner or agent signs: `n ‖ steps ‖ validUntil ‖ nonce`. */
export function writeInstruction(writer: Writer, instruction: MoveInstruction): void {
  writer.count(instruction.steps, 1, MAX_STEPS, 'steps')
  for (const step of instruction.steps) writer.hash(step.guard).u128(step.amount).hash(step.to)
  writer.u64(instruction.validUntil).u64(instruction.nonce)
}

export function readInstruction(reader: Reader): MoveInstruction {
  const steps = reader.list(reader.count(1, MAX_STEPS, 'steps'), () => ({
    guard: reader.hash<Guard>(),
    amount: reader.u128(),
    to: reader.hash<Guard>(),
  }))
  return { steps, validUntil: reader.u64(), nonce: reader.u64() }
}

function writeMove(writer: Writer, move: Move): void {
  writeInstruction(writer, move)
  writeMoveInputs(writer, move)
}

function writeMoveInputs(writer: Writer, move: Move): void {
  for (const step of move.steps) writeInputs(writer, step.inputs, 1, MAX_STEP_INPUTS)
}

function readMove(reader: Reader): Move {
  const { steps: signed, validUntil, nonce } = readInstruction(reader)
  const steps = signed.map(step => ({ ...step, inputs: readInputs(reader, 1, MAX_STEP_INPUTS) }))
  return { kind: 'move', steps, validUntil, nonce }
}

function writeSettle(writer: Writer, settle: Settle): void {
  writer.hash(settle.market).u64(settle.batchHeight).u64(settle.price)
  writer.count(settle.fills, MIN_FILLS, MAX_FILLS, 'fills')
  for (const fill of settle.fills) writer.hash(fill.input).u64(fill.lots)
}

function readSettle(reader: Reader): Settle {
  return {
    kind: 'settle',
    market: reader.hash(),
    batchHeight: reader.u64(),
    price: reader.u64(),
    fills: reader.list(reader.count(MIN_FILLS, MAX_FILLS, 'fills'), () => ({
      input: reader.hash<OutputId>(),
      lots: reader.u64(),
    })),
  }
}

function writeInputs(writer: Writer, inputs: readonly OutputId[], minimum: number, maximum: number): void {
  writer.count(inputs, minimum, maximum, 'inputs')
  for (const input of inputs) writer.hash(input)
}

function readInputs(reader: Reader, minimum: number, maximum: number): OutputId[] {
  return reader.list(reader.count(minimum, maximum, 'inputs'), () => reader.hash<OutputId>())
}

function writeOutputs(writer: Writer, outputs: readonly Output[]): void {
  writer.count(outputs, 1, MAX_OUTPUTS, 'outputs')
  for (const output of outputs) writeOutput(writer, output)
}

function readOutputs(reader: Reader): Output[] {
  return reader.list(reader.count(1, MAX_OUTPUTS, 'outputs'), () => readOutput(reader))
}

/** The rules that one field alone cannot break; both the encoder and the decoder ask. */
function transactionProblem(transaction: Transaction): OmgError | undefined {
  const inputs = inputsOf(transaction)
  if (new Set(inputs).size !== inputs.length) {
    return protocolError('encoding.duplicate_input', 'an input occurs twice')
  }
  switch (transaction.kind) {
    case 'pay':
      return outputsProblem('pay', transaction.outputs)
    case 'fee':
      if (transaction.checkpoint === 0n && inputs.length === 0) {
        return protocolError('encoding.range', 'a FEE without a checkpoint or an input collects nothing')
      }
      return outputsProblem('fee', transaction.outputs)
    case 'deposit':
      if (!isDepositPosition(transaction.position)) {
        return protocolError('encoding.range', 'not the position of a deposit')
      }
      return outputsProblem('deposit', [transaction.output])
    case 'settle':
      return transaction.fills.some(fill => fill.lots === 0n)
        ? protocolError('encoding.range', 'a fill of no lots')
        : undefined
    default:
      return undefined
  }
}

function outputsProblem(kind: keyof typeof MAY_MAKE, outputs: readonly Output[]): OmgError | undefined {
  const wrong = outputs.find(output => !MAY_MAKE[kind].includes(output.type))
  return wrong && protocolError('output.type', `a ${kind} may not make an output of type ${wrong.type}`)
}
