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

/** The guards whose terms a witness lists first. */
export function orderGuards(transaction: Transaction): Guard[] {
  if (transaction.kind === 'move') return transaction.steps.map(({ to }) => to).filter(to => to !== ZERO_HASH)
  if (transaction.kind !== 'pay') return []
  return transaction.outputs.filter(({ type }) => type === 'order').map(({ guard }) => guard)
}
