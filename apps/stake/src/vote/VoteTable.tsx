import { type FeeSchedule, fieldsOf } from '@omg/stake'
import { Fragment, type ReactNode } from 'react'
import { useStake } from '../context.ts'
import { GROUPS, type Group, type VoteField, type VoteLane } from './fields.ts'
import type { Draft, Outcome } from './preview.ts'

interface VoteTableProps {
  readonly fields: readonly VoteField[]
  readonly lanes: readonly VoteLane[]
  /** What the fields say before something is changed. */
  readonly wished: FeeSchedule
  readonly outcome: Outcome
  readonly draft: Draft
  readonly onDraft: (draft: Draft) => void
}

/** Every number that is voted on: what it is, what it comes to, and a field for one's own wish. */
export function VoteTable(props: VoteTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="overflow-x-auto" aria-label="Fees, table" tabIndex={0}>
      <table className="w-full border-collapse">
        <thead>
          <tr className="border-b border-line text-right text-xs text-quiet">
            <Heading left>Fee</Heading>
            <Heading wide>Now</Heading>
            <Heading wide>Next epoch</Heading>
            <Heading wide>In the end</Heading>
            <Heading>Your vote</Heading>
          </tr>
        </thead>
        <tbody>
          {GROUPS.map(group => (
            <Fragment key={group}>
              <tr className="border-b border-line bg-ground">
                <th
                  scope="rowgroup"
                  colSpan={5}
                  className="px-4 py-1.5 text-left text-xs font-medium text-quiet"
                >
                  {group}
                </th>
              </tr>
              <Rows {...props} group={group} />
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Rows({ group, fields, lanes, wished, outcome, draft, onDraft }: VoteTableProps & { group: Group }) {
  const { fees } = useStake().stake
  const [now, next, settled, wish] = [fees.voted, outcome.next, outcome.settled, wished].map(fieldsOf)
  const yes = (schedule: FeeSchedule, lane: number) => (schedule.accepted[lane] ? 'accepted' : 'not accepted')
  return (
    <>
      {fields
        .filter(field => field.group === group)
        .map(field => (
          <Row
            key={field.place}
            name={field.name}
            note={field.note}
            unit={field.unit}
            values={[now!, next!, settled!].map(numbers => field.format(numbers[field.place]!))}
          >
            <WishField
              field={field}
              text={draft.typed.get(field.place) ?? field.format(wish![field.place]!)}
              onText={text => onDraft({ ...draft, typed: new Map([...draft.typed, [field.place, text]]) })}
            />
          </Row>
        ))}
      {(group === 'Payments' ? lanes : []).map(({ lane, name }) => (
        <Row
          key={`lane ${lane}`}
          name={name}
          unit=""
          values={[fees.voted, outcome.next, outcome.settled].map(schedule => yes(schedule, lane))}
        >
          <WishBox
            name={name}
            checked={draft.accepted.get(lane) ?? wished.accepted[lane] ?? false}
            onChange={is => onDraft({ ...draft, accepted: new Map([...draft.accepted, [lane, is]]) })}
          />
        </Row>
      ))}
    </>
  )
}

interface RowProps {
  readonly name: string
  readonly note?: string | undefined
  readonly unit: string
  /** Now, in the next epoch, in the end. */
  readonly values: readonly string[]
  readonly children: ReactNode
}

function Row({ name, note, unit, values, children }: RowProps) {
  const [now, next, settled] = values
  const cell = (text: string | undefined) => (
    <td className="px-3 text-right whitespace-nowrap max-sm:hidden">
      <span className={text === now ? '' : 'font-semibold text-accent'}>{text}</span>{' '}
      <span className="text-quiet">{unit}</span>
    </td>
  )
  return (
    <tr className="h-12 border-b border-line last:border-0 hover:bg-ground">
      <th scope="row" className="py-1 pr-3 pl-4 text-left font-normal">
        {name}
        {note === undefined ? null : <span className="block text-xs text-quiet max-lg:hidden">{note}</span>}
        <span className="block text-xs text-quiet sm:hidden">
          {now} {unit}
          {settled === now ? '' : ` → ${next} → ${settled}`}
        </span>
      </th>
      {cell(now)}
      {cell(next)}
      {cell(settled)}
      <td className="py-1 pr-4 pl-3 text-right">{children}</td>
    </tr>
  )
}

function WishField({
  field,
  text,
  onText,
}: {
  field: VoteField
  text: string
  onText: (text: string) => void
}) {
  const { account } = useStake()
  const isWrong = field.parse(text) === undefined
  return (
    <input
      aria-label={`Your vote: ${field.name}`}
      aria-invalid={isWrong}
      value={text}
      disabled={account === undefined}
      inputMode="decimal"
      autoComplete="off"
      maxLength={30}
      onChange={event => onText(event.target.value)}
      className={`h-9 w-32 rounded-lg border bg-ground px-2 text-right disabled:text-quiet pointer-coarse:h-11 ${isWrong ? 'border-bad text-bad' : 'border-line'}`}
    />
  )
}

function WishBox({
  name,
  checked,
  onChange,
}: {
  name: string
  checked: boolean
  onChange: (checked: boolean) => void
}) {
  const { account } = useStake()
  return (
    <span className="inline-grid h-9 w-32 place-items-center justify-items-end pointer-coarse:h-11">
      <input
        type="checkbox"
        aria-label={`Your vote: ${name} accepted`}
        checked={checked}
        disabled={account === undefined}
        onChange={event => onChange(event.target.checked)}
        className="size-5 accent-accent"
      />
    </span>
  )
}

function Heading({ children, left, wide }: { children: string; left?: boolean; wide?: boolean }) {
  return (
    <th
      scope="col"
      className={`h-9 font-medium ${left ? 'pl-4 text-left' : 'px-3 last:pr-4'} ${wide ? 'max-sm:hidden' : ''}`}
    >
      {children}
    </th>
  )
}
