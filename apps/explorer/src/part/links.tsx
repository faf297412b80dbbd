import { type Guard, ownerOfGuard } from '@omg/protocol'
import { Amount, grouped, Hash } from '@omg/ui'
import { tokenOf, useChain } from '../chain/context.ts'
import type { Output } from '../chain/read.ts'

export const BlockLink = ({ height }: { height: bigint }) => (
  <a href={`#/block/${height}`}>{grouped(height)}</a>
)
export const CheckpointLink = ({ number }: { number: bigint }) => (
  <a href={`#/checkpoint/${number}`}>{grouped(number)}</a>
)
export const TxLink = ({ hash }: { hash: string }) => <Hash value={hash} href={`#/tx/${hash}`} />
export const OutputLink = ({ id }: { id: string }) => <Hash value={id} href={`#/output/${id}`} />

/** Who may spend an output: an owner for a coin, else the guard that its terms hash to. */
export function OwnerLink({ output: { type, guard } }: { output: Output }) {
  if (type !== 'coin' && type !== 'item') return <Hash value={guard} />
  const owner = ownerOfGuard(guard as Guard)
  return <Hash value={owner} href={`#/owner/${owner}`} />
}

/** How much of what an output is. */
export function Value({ output }: { output: Output }) {
  const chain = useChain()
  if (output.type === 'item') return <span>item {grouped(output.amount)}</span>
  return <Amount units={output.amount} token={tokenOf(chain, output.token)} />
}
