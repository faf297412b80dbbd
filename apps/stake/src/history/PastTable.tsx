import { type Column, grouped, Status, Table, Time } from '@omg/ui'
import { useStake } from '../context.ts'
import { validatorHref } from '../route.ts'
import { ValidatorLink } from '../validator/Badge.tsx'
import { nameOf } from '../validator/name.ts'
import type { Past } from './deeds.ts'

/** Newest rows that are shown. */
const SHOWN = 50

interface PastTableProps {
  readonly label: string
  readonly past: readonly Past[]
  readonly empty: string
  /** Whether each row says of whom it is. */
  readonly named?: boolean
}

/** What happened, when, and to whom. */
export function PastTable({ label, past, empty, named = false }: PastTableProps) {
  const { stake } = useStake()
  const known = ({ validator }: Past) =>
    stake.validators.find(each => each.validator === validator) ?? { validator, description: '' }
  const columns: Column<Past>[] = [
    { title: 'When', wide: true, cell: past => <When past={past} /> },
    {
      title: 'What',
      cell: past => (
        <span className="grid justify-items-start gap-1 py-1.5">
          <Status look={past.look}>{past.title}</Status>
          <span className="sm:hidden">
            <When past={past} />
          </span>
        </span>
      ),
    },
  ]
  if (named) {
    columns.push({
      title: 'Validator',
      wide: true,
      cell: past => <ValidatorLink of={known(past)} />,
    })
  }
  columns.push({
    title: 'Details',
    align: 'right',
    cell: past => (
      <span className="grid justify-items-end py-1.5 text-sm">
        {past.text}
        {named ? (
          <a href={validatorHref(past.validator)} className="sm:hidden">
            {nameOf(known(past))}
          </a>
        ) : null}
      </span>
    ),
  })
  return (
    <Table
      label={label}
      rows={past.slice(0, SHOWN)}
      keyOf={({ key }) => key}
      columns={columns}
      empty={empty}
    />
  )
}

function When({ past: { time, block } }: { past: Past }) {
  return (
    <span className="text-sm text-quiet">
      {time === undefined ? `block ${grouped(block)}` : <Time seconds={time} />}
    </span>
  )
}
