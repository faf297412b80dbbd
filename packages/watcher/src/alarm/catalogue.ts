/**
 * Every alarm this watcher can raise, in words for the person who is woken by it. The table in `docs/watcher.md` is
 * generated from here and a test keeps the two equal.
 */
export type Severity = 'critical' | 'warning'

export interface AlarmKind {
  readonly severity: Severity
  /** What has happened. */
  readonly meaning: string
  /** What is not in danger. */
  readonly safe: string
  /** What to do now. */
  readonly action: string
  /** Whether the watcher starts the exits its customers delegated, at once. */
  readonly protectsCustomers: boolean
  /** Which grace of the configuration applies before it is raised. */
  readonly grace: 'none' | 'data' | 'node' | 'provider' | 'submission' | 'stall'
}

export const ALARMS = {
  'block.invalid': {
    severity: 'critical',
    meaning:
      'The chain produced a block that breaks the rules: a mint, a double spend, a bad signature, a wrong result.',
    safe: 'Coins that existed before that block: their exits are older than anything the block can mint.',
    action:
      'Exit every coin. The watcher starts the exits that were delegated to it; others start theirs from the exit data it keeps.',
    protectsCustomers: true,
    grace: 'none',
  },
  'data.withheld': {
    severity: 'critical',
    meaning:
      'Ethereum holds a checkpoint whose blocks the node does not serve, so nobody can tell what is in it.',
    safe: 'Coins of earlier checkpoints, if their exits start within one minimum finalisation period of that checkpoint.',
    action:
      'Ask a second node for the blocks. If none has them, exit every coin; delegated exits are started by the watcher. With blobsOf in the details, that Ethereum transaction published the blocks as blobs: name a source of them (--blobs), and the watcher goes on.',
    protectsCustomers: true,
    grace: 'data',
  },
  'checkpoint.mismatch': {
    severity: 'critical',
    meaning: 'A checkpoint on Ethereum is not the one that follows from the blocks the node serves.',
    safe: 'Coins of earlier checkpoints, as with withheld data: what was signed is not what was shown.',
    action:
      'Exit every coin, and keep the blocks as evidence against the signers; delegated exits are started by the watcher.',
    protectsCustomers: true,
    grace: 'none',
  },
  'checkpoint.stale': {
    severity: 'critical',
    meaning:
      'A checkpoint reached Ethereum with a later origin than its blocks have, and holds a payment that Ethereum calls dead by then (R7), or that spends what an exit has locked for long (R6).',
    safe: 'Coins of earlier checkpoints: their exits are older than anything that follows from that payment.',
    action:
      'Exit every coin, and ask the validators why they signed it; delegated exits are started by the watcher.',
    protectsCustomers: true,
    grace: 'none',
  },
  'exit.invalid': {
    severity: 'critical',
    meaning: 'Somebody withdraws an output that was spent, or was never made.',
    safe: 'Everybody, once the exit is challenged before it is paid. The watcher does so by itself.',
    action:
      'Watch that it resolves. If challenge.failed comes with it, send the challenge by hand with what the details show.',
    protectsCustomers: false,
    grace: 'none',
  },
  'inflight.non_canonical': {
    severity: 'critical',
    meaning:
      'An in-flight exit stands on a transaction that lost to another spend of the same input, or a winning one is disputed.',
    safe: 'Everybody, once the competitor or the inclusion is shown on Ethereum. The watcher does so by itself.',
    action:
      'Watch that it resolves. Whoever takes part in the transaction should piggyback on her own inputs and outputs.',
    protectsCustomers: false,
    grace: 'none',
  },
  'piggyback.invalid': {
    severity: 'critical',
    meaning: 'Somebody joined an in-flight exit with an input or output that was spent elsewhere.',
    safe: 'Everybody, once the spend is shown on Ethereum. The watcher does so by itself.',
    action: 'Watch that it resolves; otherwise send the spend shown in the details by hand.',
    protectsCustomers: false,
    grace: 'none',
  },
  'submission.stalled': {
    severity: 'warning',
    meaning: 'Blocks are produced, but no checkpoint has reached Ethereum for too long.',
    safe: 'Everything committed. Payments since the last checkpoint can only be withdrawn in flight.',
    action: 'Ask the operators. Until it resolves, treat new payments as unconfirmed.',
    protectsCustomers: false,
    grace: 'submission',
  },
  'provider.wrong': {
    severity: 'critical',
    meaning: 'An Ethereum provider is dead, lags behind, or contradicts itself or the second provider.',
    safe: 'Nothing is lost yet, but the watcher may be blind to new exits while it lasts.',
    action: 'Replace the provider, or add a second one of another company.',
    protectsCustomers: false,
    grace: 'provider',
  },
  'node.unreachable': {
    severity: 'warning',
    meaning: 'The node does not answer.',
    safe: 'Everything that was checked before. If checkpoints go on meanwhile, data.withheld follows.',
    action: 'Check the node and the network; configure a second node.',
    protectsCustomers: false,
    grace: 'node',
  },
  'node.wrong': {
    severity: 'warning',
    meaning: 'A node serves a block that breaks the rules, and another node serves a valid one in its place.',
    safe: 'Everything: the valid block was taken, and what the wrong node says is not believed.',
    action: 'Remove the wrong node from the settings; whoever else uses it should know.',
    protectsCustomers: false,
    grace: 'none',
  },
  'watcher.stalled': {
    severity: 'critical',
    meaning: 'A part of this watcher has not done its round for too long.',
    safe: 'Nothing is lost yet, but nobody watches while it lasts.',
    action:
      'Read the log around the time given, check disk, memory and CPU, restart: it resumes where it was.',
    protectsCustomers: false,
    grace: 'stall',
  },
  'challenge.failed': {
    severity: 'critical',
    meaning: 'A challenge was refused by Ethereum, could not be sent, or its time is over.',
    safe: 'Others who watch may still answer until the deadline in the details.',
    action:
      'Read the reason in the details; fund the key, or send the challenge by hand before the deadline.',
    protectsCustomers: false,
    grace: 'none',
  },
  'funds.low': {
    severity: 'warning',
    meaning: 'The key of this watcher holds less ether than the configured reserve for challenges and exits.',
    safe: 'Everything, as long as what is left pays for the next challenge.',
    action: 'Send ether to the address in the details.',
    protectsCustomers: false,
    grace: 'none',
  },
} as const satisfies Record<string, AlarmKind>

export type AlarmCode = keyof typeof ALARMS

export const ALARM_CODES = Object.keys(ALARMS) as readonly AlarmCode[]

/** The catalogue as a Markdown table, for the documentation. */
export function drawAlarms(): string {
  const rows = ALARM_CODES.map(code => {
    const kind: AlarmKind = ALARMS[code]
    return `| \`${code}\` | ${kind.severity} | ${kind.meaning} | ${kind.safe} | ${kind.action} |`
  })
  return [
    '| alarm | severity | what it means | what is safe | what to do |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}
