import { Figure, grouped, Panel, Status, Table, Time } from '@omg/ui'
import { useState } from 'react'
import { useAnswer } from '../chain/ask.ts'
import { rateInTenths, useBlocks } from '../chain/blocks.ts'
import { useChain } from '../chain/context.ts'
import { type BlockHead, readBlock } from '../chain/read.ts'
import { BlockLink, CheckpointLink, TxLink } from '../part/links.tsx'

const SHOWN = 10

export function HomePage() {
  const { status } = useChain()
  const blocks = useBlocks()
  const rate = rateInTenths(blocks)
  const waiting = '–'
  return (
    <>
      <h1 className="sr-only">The chain now</h1>
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure label="Height" note={blocks[0] ? <Time seconds={blocks[0].time} /> : ''}>
          {status ? grouped(status.height) : waiting}
        </Figure>
        <Figure label="Transactions" note={status ? `${grouped(status.pending)} waiting` : ''}>
          {status ? grouped(status.transactions) : waiting}
        </Figure>
        <Figure label="Transactions / s" note="the last minute of blocks">
          {blocks.length > 0 ? `${grouped(rate / 10n)}.${rate % 10n}` : waiting}
        </Figure>
        <Figure
          label="Committed to Ethereum"
          note={status ? `${grouped(status.closed)} checkpoints closed` : ''}
        >
          {status
            ? status.accepted === undefined
              ? 'none yet'
              : `checkpoint ${grouped(status.accepted)}`
            : waiting}
        </Figure>
      </div>
      {status?.alarms.map(({ code, message, action }) => (
        <p key={code} role="alert" className="rounded-xl border border-bad/40 bg-surface px-4 py-3">
          <span className="font-medium text-bad">{message}</span> {action}
        </p>
      ))}
      <div className="grid gap-4 lg:grid-cols-2">
        <Panel title="Latest blocks">
          <div className="min-h-[29.5rem]">
            <Table
              label="Latest blocks"
              rows={blocks.slice(0, SHOWN)}
              keyOf={({ height }) => String(height)}
              columns={BLOCKS}
              empty="Waiting for blocks."
            />
          </div>
        </Panel>
        <Panel title="Latest transactions">
          <div className="min-h-[29.5rem]">
            <LatestTransactions blocks={blocks} />
          </div>
        </Panel>
      </div>
    </>
  )
}

const BLOCKS = [
  { title: 'Block', cell: ({ height }: BlockHead) => <BlockLink height={height} /> },
  { title: 'Age', cell: ({ time }: BlockHead) => <Time seconds={time} /> },
  { title: 'Txs', align: 'right' as const, cell: ({ transactions }: BlockHead) => grouped(transactions) },
  {
    title: 'Deposits',
    align: 'right' as const,
    wide: true,
    cell: ({ deposits }: BlockHead) => grouped(deposits),
  },
  {
    title: 'Checkpoint',
    align: 'right' as const,
    cell: ({ checkpoint, closes }: BlockHead) => (
      <span className="inline-flex items-center gap-2">
        {closes ? <Status look="quiet">closes</Status> : null}
        <CheckpointLink number={checkpoint} />
      </span>
    ),
  },
]

function LatestTransactions({ blocks }: { blocks: readonly BlockHead[] }) {
  const { node } = useChain()
  const full = blocks.filter(({ transactions }) => transactions > 0).slice(0, SHOWN)
  const heights = full.map(({ height }) => height)
  const ask = () => Promise.all(heights.map(height => readBlock(node, height)))
  const answer = useAnswer(`latest ${heights.join()}`, ask, () => true)
  const [kept, setKept] = useState(answer.data)
  // A newer block asks anew; until its answer is here, what was shown stays.
  if (answer.data && answer.data !== kept) setKept(answer.data)
  const rows = (kept ?? [])
    .flatMap(block => block.transactions.map(hash => ({ hash, height: block.height, time: block.time })))
    .slice(0, SHOWN)
  return (
    <Table
      label="Latest transactions"
      rows={rows}
      keyOf={({ hash }) => hash}
      empty="No transaction in the latest blocks."
      columns={[
        { title: 'Transaction', cell: ({ hash }) => <TxLink hash={hash} /> },
        { title: 'Block', cell: ({ height }) => <BlockLink height={height} /> },
        { title: 'Age', align: 'right', cell: ({ time }) => <Time seconds={time} /> },
      ]}
    />
  )
}
