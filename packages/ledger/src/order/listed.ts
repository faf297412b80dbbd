import { type Guard, type Output, type Transaction, ZERO_HASH } from '@omg/protocol'

/** The outputs that a transaction lists itself. */
export function listedOutputs(transaction: Transaction): readonly Output[] {
  return transaction.kind === 'pay' || transaction.kind === 'fee' ? transaction.outputs : []
}

/** How many outputs there are at most: step or fill `i` makes `2i` and `2i+1`. */
export function outputsAtMost(transaction: Transaction): number {
  if (transaction.kind === 'move') return 2 * transaction.steps.length
  return transaction.kind === 'settle' ? 2 * transaction.fills.length : listedOutputs(transaction).length
}

/** Whether an output could be made: a step of a MOVE that moves all leaves nothing. */
export function couldMakeOutput(transaction: Transaction, index: number): boolean {
  return transaction.kind !== 'move' || index % 2 === 0 || transaction.steps[index >> 1]!.amount !== 0n
}

/** The guards whose terms a witness lists first. */
export function orderGuards(transaction: Transaction): Guard[] {
  if (transaction.kind === 'move') return transaction.steps.map(({ to }) => to).filter(to => to !== ZERO_HASH)
  if (transaction.kind !== 'pay') return []
  return transaction.outputs.filter(({ type }) => type === 'order').map(({ guard }) => guard)
}
