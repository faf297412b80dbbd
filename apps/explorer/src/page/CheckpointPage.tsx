import { Facts, grouped, Hash, Panel, Status, Time } from '@omg/ui'
import { useAnswer } from '../chain/ask.ts'
import { useChain } from '../chain/context.ts'
import { readCheckpoint } from '../chain/read.ts'
import { Answered } from '../part/Answered.tsx'
import { BlockLink } from '../part/links.tsx'

export function CheckpointPage({ number }: { number: bigint }) {
  const { node } = useChain()
  const answer = useAnswer(
    `checkpoint ${number}`,
    () => readCheckpoint(node, number),
    ({ committed }) => committed,
  )
  return (
    <>
      <h1 className="text-xl font-semibold">Checkpoint {grouped(number)}</h1>
      <Answered answer={answer} what="checkpoint" rows={12}>
        {({ header, hash, signers, committed, ...accepted }) => (
          <Panel title="About this checkpoint">
            <Facts
              rows={[
                [
                  'State',
                  committed ? (
                    <Status key="state" look="good">
                      committed to Ethereum
                    </Status>
                  ) : (
                    <Status key="state" look="wait">
                      closed, on its way to Ethereum
                    </Status>
                  ),
                ],
                [
                  'Ethereum transaction',
                  accepted.acceptedTransaction === undefined ? (
                    'not yet'
                  ) : (
                    <Hash key="transaction" value={accepted.acceptedTransaction} whole />
                  ),
                ],
                [
                  'In Ethereum block',
                  accepted.acceptedBlock === undefined ? 'not yet' : grouped(accepted.acceptedBlock),
                ],
                [
                  'Accepted',
                  accepted.acceptedTime === undefined ? (
                    'not yet'
                  ) : (
                    <Time key="accepted" seconds={accepted.acceptedTime} full />
                  ),
                ],
                ['Header hash', <Hash key="hash" value={hash} whole />],
                [
                  'Blocks',
                  <span key="blocks">
                    <BlockLink height={header.firstHeight} /> to <BlockLink height={header.lastHeight} />
                  </span>,
                ],
                ['Transactions', grouped(header.txCount)],
                [
                  'Signed by',
                  <ul key="signers">
                    {signers.map(signer => (
                      <li key={signer}>
                        <Hash value={signer} href={`#/owner/${signer.toLowerCase()}`} />
                      </li>
                    ))}
                  </ul>,
                ],
                ['Transaction root', <Hash key="root" value={header.txRoot} whole />],
                ['Parent', <Hash key="parent" value={header.parentHash} whole />],
                ['Book root', <Hash key="book" value={header.bookRoot} whole />],
                ['Batch root', <Hash key="batch" value={header.batchRoot} whole />],
                ['Ethereum seen', `block ${grouped(header.origin)}`],
                [
                  'Data',
                  header.daMode === 'blob'
                    ? `blob, ${header.daCommitments.length} commitments`
                    : 'plasma: kept by nodes and watchers',
                ],
              ]}
            />
          </Panel>
        )}
      </Answered>
    </>
  )
}
