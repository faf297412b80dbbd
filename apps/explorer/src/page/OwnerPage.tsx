import { Tabs } from '@base-ui/react/tabs'
import type { Address } from '@omg/protocol'
import { Amount, grouped, Hash, Panel, Status, Table } from '@omg/ui'
import { useEffect, useState } from 'react'
import { useAnswer } from '../chain/ask.ts'
import { tokenOf, useChain } from '../chain/context.ts'
import { activityFrom, readBalances, readOutputs } from '../chain/read.ts'
import { Answered } from '../part/Answered.tsx'
import { BlockLink, OutputLink, TxLink, Value } from '../part/links.tsx'

const PAGE = 25
/** How many blocks back the activity of an owner is looked for. */
const ACTIVITY_BLOCKS = 2_000n
/** Most rows of activity that are kept. */
const MAX_ACTIVITY = 100

export function OwnerPage({ id }: { id: string }) {
  const chain = useChain()
  const owner = id as Address
  const answer = useAnswer(`balances ${id}`, () => readBalances(chain.node, owner))
  return (
    <>
      <h1 className="text-xl font-semibold">Owner</h1>
      <p>
        <Hash value={id} whole />
      </p>
      <Panel title="Balances">
        <Answered answer={answer} what="owner" rows={2}>
          {balances => (
            <Table
              label="Balances"
              rows={balances}
              keyOf={({ token }) => token}
              empty="This owner has nothing on the network."
              columns={[
                {
                  title: 'Can be spent',
                  cell: ({ token, amount }) => <Amount units={amount} token={tokenOf(chain, token)} />,
                },
                {
                  title: 'Locked by exits',
                  cell: ({ token, locked }) => <Amount units={locked} token={tokenOf(chain, token)} />,
                },
                { title: 'Outputs', align: 'right', cell: ({ outputs }) => grouped(outputs) },
              ]}
            />
          )}
        </Answered>
      </Panel>
      <Tabs.Root defaultValue="outputs" className="grid gap-3">
        <Tabs.List className="flex gap-2" aria-label="What to show of this owner">
          {['outputs', 'activity'].map(name => (
            <Tabs.Tab
              key={name}
              value={name}
              className="h-9 rounded-lg border border-line px-4 text-sm font-medium capitalize data-[active]:bg-ink data-[active]:text-ground"
            >
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="outputs">
          <OutputsOf owner={owner} />
        </Tabs.Panel>
        <Tabs.Panel value="activity">
          <ActivityOf owner={owner} />
        </Tabs.Panel>
      </Tabs.Root>
    </>
  )
}

function OutputsOf({ owner }: { owner: Address }) {
  const { node } = useChain()
  /** Cursors of the pages up to this one; the first page has none. */
  const [cursors, setCursors] = useState<readonly (string | undefined)[]>([undefined])
  const cursor = cursors.at(-1)
  const answer = useAnswer(`outputs ${owner} ${cursor}`, () => readOutputs(node, owner, cursor, PAGE))
  return (
    <Panel title="Unspent outputs">
      <Answered answer={answer} what="owner" rows={6}>
        {page => (
          <>
            <Table
              label="Unspent outputs"
              rows={page.outputs}
              keyOf={output => output.id}
              empty="This owner has no unspent output."
              columns={[
                { title: 'Output', cell: output => <OutputLink id={output.id} /> },
                { title: 'Amount', cell: output => <Value output={output} /> },
                { title: 'Block', wide: true, cell: ({ height }) => <BlockLink height={height} /> },
                {
                  title: 'State',
                  align: 'right',
                  cell: ({ locked, status }) => (
                    <Status look={locked ? 'wait' : status === 'committed' ? 'good' : 'quiet'}>
                      {locked ? 'locked' : status}
                    </Status>
                  ),
                },
              ]}
            />
            <div className="flex gap-2 border-t border-line p-3">
              <Turn
                disabled={cursors.length === 1}
                onClick={() => setCursors(cursors.slice(0, -1))}
                text="Previous"
              />
              <Turn
                disabled={page.cursor === undefined}
                onClick={() => setCursors([...cursors, page.cursor])}
                text="Next"
              />
            </div>
          </>
        )}
      </Answered>
    </Panel>
  )
}

const Turn = ({ text, disabled, onClick }: { text: string; disabled: boolean; onClick: () => void }) => (
  <button
    type="button"
    disabled={disabled}
    onClick={onClick}
    className="h-9 rounded-lg border border-line px-4 text-sm hover:bg-ground disabled:cursor-default disabled:opacity-40"
  >
    {text}
  </button>
)

interface Move {
  readonly key: string
  readonly height: bigint
  readonly sent: boolean
  readonly txHash: string | undefined
  readonly output: Parameters<typeof Value>[0]['output'] | undefined
}

function ActivityOf({ owner }: { owner: Address }) {
  const { node, status } = useChain()
  const [moves, setMoves] = useState<readonly Move[]>([])
  const ready = status !== undefined
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height only says where to begin
  useEffect(() => {
    if (!status || !node.subscribe) return
    const from = status.height > ACTIVITY_BLOCKS ? status.height - ACTIVITY_BLOCKS : 1n
    return node.subscribe(`owner:${owner}`, from, {
      event(event) {
        const activity = activityFrom(event)
        if (!activity) return
        const { height, received, sent } = activity
        const fresh: Move[] = [
          ...sent.map(txHash => ({ key: `${txHash} sent`, height, sent: true, txHash, output: undefined })),
          ...received.map(output => ({ key: output.id, height, sent: false, txHash: output.txHash, output })),
        ]
        setMoves(known => [...fresh, ...known].slice(0, MAX_ACTIVITY))
      },
      error: error => console.warn(error.message),
    })
  }, [node, owner, ready])
  return (
    <Panel title={`Activity in the last ${grouped(ACTIVITY_BLOCKS)} blocks`}>
      <Table
        label="Activity"
        rows={moves}
        keyOf={({ key }) => key}
        empty="Nothing in these blocks."
        columns={[
          { title: 'Block', cell: ({ height }) => <BlockLink height={height} /> },
          { title: 'What', cell: ({ sent, txHash }) => (sent ? 'sent' : txHash ? 'received' : 'deposited') },
          { title: 'Transaction', cell: ({ txHash }) => (txHash ? <TxLink hash={txHash} /> : 'on Ethereum') },
          {
            title: 'Amount',
            align: 'right',
            cell: ({ output }) => (output ? <Value output={output} /> : ''),
          },
        ]}
      />
    </Panel>
  )
}
