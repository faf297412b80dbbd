import type { Logger } from 'pino'
import type { Configuration } from '../configuration/configuration.ts'
import type { Store } from '../store/store.ts'
import { AlarmBook, type AlarmChange, RESOLVED_ALARMS_KEPT } from './book.ts'

const WEBHOOK_TIMEOUT_MILLISECONDS = 5000

/** The alarms that stood when the watcher ended, told to its log and its webhook as they change. `now` in milliseconds. */
export function openAlarms(options: Configuration, store: Store, log: Logger, now: () => number): AlarmBook {
  const alarms = new AlarmBook({
    now,
    graces: {
      none: 0n,
      data: BigInt(options.dataGraceSeconds),
      node: BigInt(options.nodeGraceSeconds),
      provider: BigInt(options.providerGraceSeconds),
      submission: BigInt(options.submissionGraceSeconds),
      // The heartbeat has waited for the grace already.
      stall: 0n,
    },
    known: store.alarms(RESOLVED_ALARMS_KEPT),
    keep: alarm => store.keepAlarm(alarm),
  })
  // Providers and nodes may have been replaced; whatever is still wrong is seen again at once.
  for (const code of ['provider.wrong', 'node.wrong'] as const) alarms.clearOthers(code, new Set())
  alarms.subscribe(({ kind, alarm }) => {
    const { code, subject, severity, meaning, action, details } = alarm
    if (kind === 'resolved') log.info({ code, subject }, 'alarm resolved')
    else log[severity === 'critical' ? 'error' : 'warn']({ code, subject, details, action }, meaning)
  })
  const { webhook } = options
  if (webhook !== undefined) alarms.subscribe(change => void post(webhook, change, log))
  return alarms
}

async function post(webhook: string, change: AlarmChange, log: Logger): Promise<void> {
  try {
    const response = await fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(change),
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MILLISECONDS),
    })
    if (!response.ok) log.error({ webhook, status: response.status }, 'the webhook refused an alarm')
  } catch (error) {
    log.error({ webhook, err: error }, 'the webhook could not be told of an alarm')
  }
}
