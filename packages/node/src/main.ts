import { parseArgs } from 'node:util'
import { OmgError } from '@omg/protocol'
import { effectiveConfig, settings } from './configuration/configuration.ts'
import { setNodeFlags } from './flags.ts'
import { startNode } from './node.ts'

/*
 * The node as a process: `node packages/node/src/main.ts --config node.json --port 8600`. Every setting is a flag of its
 * path (`--checkpoint.intervalSeconds 5`). Prints one JSON line with its URL when it is up; stops cleanly on SIGTERM.
 */

const names = settings().map(({ path }) => path)

function usage(): string {
  const lines = settings().map(
    ({ path, environment, description }) => `  --${path}  (${environment})  ${description}`,
  )
  return ['Usage: node main.ts [--config file.json] [--<setting> value]...', ...lines, ''].join('\n')
}

async function main(): Promise<void> {
  const options = Object.fromEntries(['config', ...names].map(name => [name, { type: 'string' as const }]))
  const { values } = parseArgs({
    options: { ...options, help: { type: 'boolean' } },
    allowPositionals: false,
  })
  if (values.help) {
    process.stdout.write(usage())
    return
  }
  const { config, help: _, ...flags } = values as Record<string, string | boolean | undefined>
  const configuration = effectiveConfig({
    flags,
    environment: process.env,
    ...(typeof config === 'string' ? { file: config } : {}),
  })
  setNodeFlags()
  const node = await startNode({ configuration })
  process.stdout.write(`${JSON.stringify({ url: node.url })}\n`)
  let stopping = false
  const stop = () => {
    // A second signal means now.
    if (stopping) process.exit(1)
    stopping = true
    void node.close().then(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

main().catch((error: unknown) => {
  const known = error instanceof OmgError
  process.stderr.write(
    `${JSON.stringify(known ? error.toJSON() : { code: 'node.internal', message: String(error) })}\n`,
  )
  process.exit(known && error.code === 'config.invalid' ? 2 : 1)
})
