import { Facts, grouped, Hash, Panel, Status, Table, Time } from '@omg/ui'
import { useState } from 'react'
import { useAnswer } from '../chain/ask.ts'
import { useChain } from '../chain/context.ts'
import { readBlock } from '../chain/read.ts'
import { Answered } from '../part/Answered.tsx'
import { CheckpointLink, TxLink } from '../part/links.tsx'

/** Transactions of one page of a block. */
const PAGE = 50

export function BlockPage({ height }: { height: bigint }) {
  const { node, status } = useChain()
  const answer = useAnswer(
    `block ${height}`,
    () => readBlock(node, height),
    () => true,
  )
  const committed = status?.accepted
  return (
    <Answered answer={answer} what="block" rows={9}>
      {block => (
        <>
          <div className="flex flex-wrap items-center justify-between gap-2">
            <h1 className="text-xl font-semibold">Block {grouped(height)}</h1>
            <nav aria-label="Neighbours" className="flex gap-4">
              {height > 1n ? <a href={`#/block/${height - 1n}`}>← Previous</a> : null}
              {status && height < status.height ? <a href={`#/block/${height + 1n}`}>Next →</a> : null}
            </nav>
          </div>
          <Panel title="About this block">
            <Facts
              rows={[
                [
                  'State',
                  committed !== undefined && block.checkpoint <= committed ? (
                    <Status key="state" look="good">
                      committed to Ethereum
                    </Status>
                  ) : (
                    <Status key="state" look="wait">
                      waits for its checkpoint
                    </Status>
                  ),
                ],
                ['Time', <Time key="time" seconds={block.time} full />],
                [
                  'Checkpoint',
                  <span key="checkpoint">
                    <CheckpointLink number={block.checkpoint} />
                    {block.closes ? ', which this block closes' : ''}
                  </span>,
                ],
                ['Transactions', grouped(block.transactions.length)],
                [
                  'Deposits taken in',
                  block.deposits.length === 0
                    ? 'none'
                    : `inbox items ${block.deposits.map(grouped).join(', ')}`,
                ],
                ['State hash', <Hash key="app" value={block.appHash} whole />],
                ['State hash before', <Hash key="before" value={block.previousAppHash} whole />],
                ['Ethereum seen', <span key="origin">block {grouped(block.origin)}</span>],
              ]}
            />
          </Panel>
          <Transactions key={String(height)} hashes={block.transactions} />
        </>
      )}
    </Answered>
  )
}

function Transactions({ hashes }: { hashes: readonly string[] }) {
  const [shown, setShown] = useState(PAGE)
  const rows = hashes.slice(0, shown).map((hash, index) => ({ hash, index }))
  return (
    <Panel title="Transactions">
      <Table
        label="Transactions"
        rows={rows}
        keyOf={({ hash }) => hash}
        empty="This block has no transaction."
        columns={[
          { title: '#', cell: ({ index }) => grouped(index) },
          { title: 'Transaction', cell: ({ hash }) => <TxLink hash={hash} /> },
        ]}
      />
      {shown < hashes.length ? <More onClick={() => setShown(shown + PAGE)} /> : null}
    </Panel>
  )
}

export const More = ({ onClick }: { onClick: () => void }) => (
  <button
    type="button"
    onClick={onClick}
    className="h-11 w-full border-t border-line font-medium hover:bg-ground"
  >
    Show more
  </button>
)
