import { grouped, Hash, Panel, Status, Table } from '@omg/ui'
import { useAnswer } from '../chain/ask.ts'
import { useChain } from '../chain/context.ts'
import { readCheckpoint } from '../chain/read.ts'

export function ValidatorsPage() {
  const { node, parameters } = useChain()
  const { data: newest } = useAnswer('newest checkpoint', () => readCheckpoint(node, 'latest'))
  const validators = parameters?.validators ?? []
  const total = validators.reduce((sum, { power }) => sum + power, 0n)
  const signed = (address: string) =>
    newest?.signers.some(signer => signer.toLowerCase() === address.toLowerCase())
  return (
    <>
      <h1 className="text-xl font-semibold">Validators</h1>
      <p className="text-quiet">
        Ethereum accepts a checkpoint when more than two thirds of the bonded power have signed it.
      </p>
      <Panel title="Who signs">
        <Table
          label="Validators"
          rows={validators}
          keyOf={({ address }) => address}
          empty="Waiting for the node."
          columns={[
            {
              title: 'Validator',
              cell: ({ address }) => <Hash value={address} href={`#/owner/${address.toLowerCase()}`} />,
            },
            { title: 'Power', align: 'right', wide: true, cell: ({ power }) => grouped(power) },
            {
              title: 'Share',
              align: 'right',
              cell: ({ power }) => {
                const tenths = total === 0n ? 0n : (power * 1_000n) / total
                return `${tenths / 10n}.${tenths % 10n} %`
              },
            },
            {
              title: newest ? `Checkpoint ${grouped(newest.header.checkpoint)}` : 'Newest checkpoint',
              align: 'right',
              cell: ({ address }) =>
                newest ? (
                  <Status look={signed(address) ? 'good' : 'wait'}>
                    {signed(address) ? 'signed' : 'not signed'}
                  </Status>
                ) : (
                  '–'
                ),
            },
          ]}
        />
      </Panel>
    </>
  )
}
