import type { Hash as HashValue } from '@omg/protocol'
import { Amount, Facts, Hash, Panel, Status, Table, Time } from '@omg/ui'
import { useAnswer } from '../chain/ask.ts'
import { tokenOf, useChain } from '../chain/context.ts'
import { type Node, type Output, readOrigin, readTransaction, readUnspent } from '../chain/read.ts'
import { Answered } from '../part/Answered.tsx'
import { BlockLink, CheckpointLink, OutputLink, OwnerLink, Value } from '../part/links.tsx'

const STATES = {
  pending: ['wait', 'waits for a block'],
  included: ['wait', 'in a block'],
  checkpointed: ['wait', 'in a closed checkpoint'],
  committed: ['good', 'committed to Ethereum'],
  rejected: ['bad', 'rejected'],
} as const
const EMPTY_MEMO = `0x${'00'.repeat(32)}`

export function TransactionPage({ id }: { id: string }) {
  const { node } = useChain()
  const ask = async () => {
    const transaction = await readTransaction(node, id as HashValue)
    const inputs = await Promise.all(transaction.inputs.map(input => inputOf(node, input)))
    return { ...transaction, inputs }
  }
  const settled = ({ status }: { status: string }) => status === 'committed' || status === 'rejected'
  const answer = useAnswer(`tx ${id}`, ask, settled)
  return (
    <>
      <h1 className="text-xl font-semibold">Transaction</h1>
      <Answered answer={answer} what="transaction" rows={10}>
        {({ status, kind, height, time, checkpoint, inputs, outputs, memo, validUntil, error }) => (
          <>
            <Panel title="About this transaction">
              <Facts
                rows={[
                  ['Hash', <Hash key="hash" value={id} whole />],
                  [
                    'State',
                    <Status key="state" look={STATES[status][0]}>
                      {STATES[status][1]}
                    </Status>,
                  ],
                  error && ['Why', `${error.message} ${error.action}`],
                  kind === undefined ? undefined : ['Kind', kind.toUpperCase()],
                  height === undefined ? undefined : ['Block', <BlockLink key="block" height={height} />],
                  checkpoint === undefined
                    ? undefined
                    : ['Checkpoint', <CheckpointLink key="cp" number={checkpoint} />],
                  time === undefined ? undefined : ['Time', <Time key="time" seconds={time} full />],
                  kind === 'pay' ? ['Fee', <Fees key="fee" inputs={inputs} outputs={outputs} />] : undefined,
                  memo === undefined
                    ? undefined
                    : ['Memo', memo === EMPTY_MEMO ? 'none' : <Hash key="memo" value={memo} whole />],
                  validUntil === undefined
                    ? undefined
                    : ['Valid until', <Time key="valid" seconds={validUntil} full />],
                ]}
              />
            </Panel>
            <div className="grid gap-4 lg:grid-cols-2">
              <Outputs title="Inputs" rows={inputs} />
              <Outputs title="Outputs" rows={outputs} />
            </div>
          </>
        )}
      </Answered>
    </>
  )
}

interface Row {
  readonly id: HashValue
  readonly output: Output | undefined
}

/** What an input is: unspent while the transaction waits; later from the chain, once its checkpoint has closed. */
async function inputOf(node: Node, id: HashValue): Promise<Row> {
  const output = await readUnspent(node, id)
    .catch(() => readOrigin(node, id))
    .catch(() => undefined)
  return { id, output }
}

function Outputs({ title, rows }: { title: string; rows: readonly (Row | (Output & { id: HashValue }))[] }) {
  const outputOf = (row: (typeof rows)[number]) => ('output' in row ? row.output : row)
  return (
    <Panel title={title}>
      <Table
        label={title}
        rows={rows}
        keyOf={({ id }) => id}
        empty={`No ${title.toLowerCase()} are listed.`}
        columns={[
          { title: 'Output', cell: ({ id }) => <OutputLink id={id} /> },
          {
            title: 'Owner',
            cell: row => {
              const output = outputOf(row)
              return output ? <OwnerLink output={output} /> : <span className="text-quiet">…</span>
            },
          },
          {
            title: 'Amount',
            align: 'right',
            cell: row => {
              const output = outputOf(row)
              return output ? (
                <Value output={output} />
              ) : (
                <span className="text-quiet">known with its checkpoint</span>
              )
            },
          },
        ]}
      />
    </Panel>
  )
}

/** What came in and did not go out, token by token, exactly. */
function Fees({ inputs, outputs }: { inputs: readonly Row[]; outputs: readonly Output[] }) {
  const chain = useChain()
  if (inputs.some(({ output }) => output === undefined))
    return <span className="text-quiet">known when the checkpoint of its inputs has closed</span>
  const sums = new Map<string, bigint>()
  const add = ({ type, token, amount }: Output, sign: bigint) => {
    if (type !== 'item') sums.set(token, (sums.get(token) ?? 0n) + sign * amount)
  }
  for (const { output } of inputs) if (output) add(output, 1n)
  for (const output of outputs) add(output, -1n)
  const fees = [...sums].filter(([, amount]) => amount > 0n)
  if (fees.length === 0) return <span>none</span>
  return fees.map(([token, amount]) => <Amount key={token} units={amount} token={tokenOf(chain, token)} />)
}
