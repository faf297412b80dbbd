import { type Hash as HashValue, OmgError } from '@omg/protocol'
import { Facts, grouped, Hash, Panel, Status } from '@omg/ui'
import { useAnswer } from '../chain/ask.ts'
import { useChain } from '../chain/context.ts'
import { type Node, readOrigin, readSpend, readUnspent } from '../chain/read.ts'
import { explorerError } from '../error.ts'
import { Answered } from '../part/Answered.tsx'
import { BlockLink, OwnerLink, TxLink, Value } from '../part/links.tsx'

export function OutputPage({ id }: { id: string }) {
  const { node } = useChain()
  const answer = useAnswer(`output ${id}`, () => readHistory(node, id as HashValue))
  return (
    <>
      <h1 className="text-xl font-semibold">Output</h1>
      <Answered answer={answer} what="output" rows={8}>
        {({ output, txHash, position, spend, unspent }) => (
          <Panel title="About this output">
            <Facts
              rows={[
                ['Id', <Hash key="id" value={id} whole />],
                ['State', stateOf({ spend, unspent })],
                output && ['Type', output.type],
                output && ['Amount', <Value key="value" output={output} />],
                output && ['Owner', <OwnerLink key="owner" output={output} />],
                output && ['Made by', txHash ? <TxLink key="made" hash={txHash} /> : 'a deposit on Ethereum'],
                position === undefined ? undefined : ['Position', grouped(position)],
                [
                  'Spent by',
                  spend ? (
                    <span key="spent">
                      <TxLink hash={spend.txHash} />
                      {spend.height === undefined ? (
                        ''
                      ) : (
                        <>
                          {' '}
                          in block <BlockLink height={spend.height} />
                        </>
                      )}
                    </span>
                  ) : (
                    'nobody'
                  ),
                ],
              ]}
            />
          </Panel>
        )}
      </Answered>
    </>
  )
}

/** What the node knows of an output, spent or not. */
async function readHistory(node: Node, id: HashValue) {
  const [unspent, origin, spend] = await Promise.all([
    readUnspent(node, id).catch(unlessMissing),
    readOrigin(node, id).catch(unlessMissing),
    readSpend(node, id),
  ])
  const output = unspent ?? origin
  if (!output && !spend) throw explorerError('request.not_found', `No output ${id} is known.`)
  return { unspent, spend, output, txHash: output?.txHash, position: output?.position }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof OmgError && ['request.not_found', 'request.pruned'].includes(error.code))
    return undefined
  throw error
}

function stateOf({ spend, unspent }: Pick<Awaited<ReturnType<typeof readHistory>>, 'spend' | 'unspent'>) {
  if (spend)
    return spend.pending ? (
      <Status look="wait">a payment that spends it waits</Status>
    ) : (
      <Status look="quiet">spent</Status>
    )
  if (unspent?.locked) return <Status look="wait">locked by an exit</Status>
  return unspent ? <Status look="good">unspent</Status> : <Status look="quiet">gone</Status>
}
