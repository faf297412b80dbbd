/** The keeper as a server: rounds until it is stopped, a log of what it does, /health and /metrics. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OmgError } from '@omg/protocol'
import type { Logger } from 'pino'
import { toJson } from '../action.ts'
import { cliError } from '../error.ts'
import { pause } from '../pause.ts'
import type { Token } from '../terminal/amount.ts'
import { Keeper, type KeeperOptions } from './keeper.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { KeeperStep } from './step.ts'

/** A keeper without a round for this long is unhealthy: several transactions may wait for their blocks in one. */
const STALLED_MS = 600_000

export interface KeeperProgramOptions extends Omit<KeeperOptions, 'tell'> {
  readonly tokens: readonly Token[]
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Between two rounds. */
  readonly pauseMilliseconds: number
  readonly log: Logger
  /** Wall clock in milliseconds. */
  readonly now?: () => number
}

export interface RunningKeeper {
  readonly url: string
  /** Finishes what is in hand. */
  stop(): Promise<void>
}

export async function startKeeper(options: KeeperProgramOptions): Promise<RunningKeeper> {
  const { tokens, log, pauseMilliseconds, now = Date.now } = options
  const tell = (step: KeeperStep) => {
    metrics.stepTaken(step)
    logStep(log, step)
  }
  const keeper = new Keeper({ ...options, tell })
  let roundAt = now()
  const roundAge = () => now() - roundAt
  const metrics = createMetrics({ tokens, state: () => keeper.state, roundAge })
  const stopping = new AbortController()
  const health = () => ({ ok: roundAge() < STALLED_MS, ...keeper.state })
  const { server, url } = await listen(options, { health, metrics })
  const rounds = (async () => {
    while (!stopping.signal.aborted) {
      await keeper.round(stopping.signal)
      roundAt = now()
      metrics.roundOver()
      await pause(pauseMilliseconds, stopping.signal)
    }
  })()
  log.info({ url }, 'listening')
  return {
    url,
    async stop() {
      stopping.abort()
      await rounds
      await new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      log.info('stopped')
    },
  }
}

/** Amounts are decimal strings: they do not fit a number. */
function logStep(log: Logger, step: KeeperStep): void {
  if (step.kind === 'failed') {
    const { duty, error } = step
    const known =
      error instanceof OmgError ? error.toJSON() : { code: 'internal.bug', message: String(error) }
    log.warn({ duty, ...known }, 'not done now')
    return
  }
  const { kind, ...facts } = step
  const plain: object = JSON.parse(toJson(facts))
  // Most coins of a quiet chain are too small: that is no news.
  if (kind === 'left') log.debug(plain, kind)
  else log.info(plain, kind)
}

async function listen(
  { host, port }: Pick<KeeperProgramOptions, 'host' | 'port'>,
  { health, metrics }: { health: () => { ok: boolean }; metrics: Metrics },
): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type }).end(body)
    if (request.url === '/metrics') {
      metrics.text().then(
        text => send(200, 'text/plain; version=0.0.4', text),
        () => send(500, 'text/plain', 'the metrics cannot be read\n'),
      )
    } else if (request.url === '/health') {
      const { ok, ...state } = health()
      send(ok ? 200 : 503, 'application/json', toJson({ status: ok ? 'ok' : 'stalled', ...state }))
    } else send(404, 'text/plain', 'there are /health and /metrics\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause =>
      reject(cliError('network.port', `the keeper cannot listen on ${host}:${port}`, cause)),
    )
    server.listen(port, host, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return { server, url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}` }
}
