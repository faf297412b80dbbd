import { Counter, Gauge, Registry } from 'prom-client'
import type { Token } from '../terminal/amount.ts'
import type { KeeperState } from './keeper.ts'
import { DUTIES, type KeeperStep } from './step.ts'

const OFFENCE_STEPS = ['announced', 'slashed', 'reported', 'answered', 'concluded'] as const

const isOffenceStep = ({ kind }: KeeperStep) => OFFENCE_STEPS.some(step => step === kind)

/** Prometheus metrics of one keeper. */
export interface Metrics {
  readonly stepTaken: (step: KeeperStep) => void
  readonly roundOver: () => void
  text(): Promise<string>
}

export interface MetricsOptions {
  /** The tokens in which fees come in. */
  readonly tokens: readonly Token[]
  readonly state: () => KeeperState
  /** Milliseconds since the last round was over. */
  readonly roundAge: () => number
}

export function createMetrics({ tokens, state, roundAge }: MetricsOptions): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: `omg_keeper_${name}`, help, labelNames, registers })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `omg_keeper_${name}`,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  const rounds = counter('rounds_total', 'Rounds done')
  const failures = counter('failures_total', 'Duties that failed and are tried again', ['duty'])
  const sets = counter('sets_published_total', 'Validator sets published')
  const collected = counter('coins_collected_total', 'Fee coins whose exit was started', ['token'])
  const left = counter('coins_left_total', 'Fee coins worth less than what collecting them costs', ['token'])
  const swept = counter('fees_swept_total', 'Fees that have come in, in whole tokens', ['token'])
  const insured = counter('fees_insured_total', 'Fees paid to the insurance, in whole tokens', ['token'])
  const offences = counter('offences_total', 'Offences of validators taken to Ethereum', ['step'])
  const divisions = counter('divisions_total', 'Divisions', ['token'])
  for (const duty of DUTIES) failures.inc({ duty }, 0)
  for (const step of OFFENCE_STEPS) offences.inc({ step }, 0)
  gauge('next_checkpoint', 'The next checkpoint to search for fees', () => Number(state().nextCheckpoint))
  gauge('open_exits', 'Fee coins on their way to Ethereum', () => state().openExits)
  gauge('round_age_seconds', 'Time since the last round was over', () => roundAge() / 1000)

  const tokenOf = (address: string) => tokens.find(token => token.address === address)
  const labelOf = (address: string) => ({ token: tokenOf(address)?.symbol ?? address })
  // Whole tokens: a gauge is a float, and nothing but a curve is made of it.
  const wholeOf = (amount: bigint, address: string) =>
    Number(amount) / 10 ** (tokenOf(address)?.decimals ?? 0)
  return {
    stepTaken(step) {
      if (step.kind === 'failed') failures.inc({ duty: step.duty })
      if (step.kind === 'published') sets.inc()
      if (step.kind === 'collected') collected.inc(labelOf(step.token))
      if (step.kind === 'left') left.inc(labelOf(step.token))
      if (step.kind === 'swept') swept.inc(labelOf(step.token), wholeOf(step.amount, step.token))
      if (step.kind === 'insured') insured.inc(labelOf(step.token), wholeOf(step.amount, step.token))
      if (isOffenceStep(step)) offences.inc({ step: step.kind })
      if (step.kind === 'divided') divisions.inc(labelOf(step.token))
    },
    roundOver() {
      rounds.inc()
    },
    text: () => registry.metrics(),
  }
}
