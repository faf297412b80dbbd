import type { Address } from '@omg/protocol'
import type { ValidatorStanding } from '@omg/rootchain'
import { Status } from '@omg/ui'
import { validatorHref } from '../route.ts'
import { lasting } from '../words.ts'
import { nameOf, short, shortest } from './name.ts'

const STATES = {
  active: ['good', 'active'],
  joining: ['wait', 'in the next set'],
  leaving: ['wait', 'leaving'],
  jailed: ['bad', 'jailed'],
  waiting: ['quiet', 'waiting'],
} as const

/** The end of a jail that does not end: contracts/src/Slashing.sol. */
export const FOREVER = 2n ** 64n - 1n

/** How a validator stands, and for how long she is in jail. */
export function State({ of: { state, jailedUntil }, now }: { of: ValidatorStanding; now: bigint }) {
  const [look, word] = STATES[state]
  return <Status look={look}>{state === 'jailed' ? `${word}, ${termOf(jailedUntil, now)}` : word}</Status>
}

function termOf(until: bigint, now: bigint): string {
  if (until === FOREVER) return 'for good'
  return until > now ? `${lasting(until - now)} left` : 'may leave'
}

/** A drawing of an account: the same for the same one, so that rows are told apart at a glance. It proves nothing. */
export function Portrait({ of, large = false }: { of: Address; large?: boolean }) {
  const digits = [2, 8, 14, 20].map(at => Number.parseInt(of.slice(at, at + 6), 16))
  const [hue, other, turn] = [digits[0]! % 360, digits[1]! % 360, digits[2]! % 360]
  return (
    <svg
      viewBox="0 0 32 32"
      className={`${large ? 'size-12' : 'size-8'} shrink-0 rounded-full`}
      aria-hidden="true"
    >
      <rect width="32" height="32" fill={`hsl(${hue} 55% 42%)`} />
      <g transform={`rotate(${turn} 16 16)`}>
        <rect x="16" width="16" height="32" fill={`hsl(${other} 60% 58%)`} />
        <circle cx="16" cy={8 + (digits[3]! % 12)} r="6" fill={`hsl(${hue} 65% 78%)`} />
      </g>
    </svg>
  )
}

/** A validator by name and account, and the way to all about her. */
export function ValidatorLink({ of }: { of: Pick<ValidatorStanding, 'validator' | 'description'> }) {
  const name = nameOf(of)
  const account = short(of.validator)
  return (
    <a href={validatorHref(of.validator)} className="flex min-w-0 items-center gap-3 py-1.5 !text-ink">
      <Portrait of={of.validator} />
      <span className="grid min-w-0">
        {name === account ? (
          <>
            <span className="font-medium max-sm:hidden">{account}</span>
            <span className="font-medium sm:hidden">{shortest(of.validator)}</span>
          </>
        ) : (
          <>
            <span className="truncate font-medium">{name}</span>
            <span className="font-mono text-xs whitespace-nowrap text-quiet max-sm:hidden">{account}</span>
          </>
        )}
      </span>
    </a>
  )
}
