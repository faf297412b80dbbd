import { parseArgs } from 'node:util'
import { OmgError } from '@omg/protocol'
import {
  configurationSchema,
  flagOf,
  loadConfiguration,
  SETTINGS,
  variableOf,
} from './configuration/configuration.ts'
import { startIndexer } from './indexer.ts'

/*
 * The indexer as a process: `node packages/indexer/src/main.ts --node http://127.0.0.1:9000`. Prints one JSON line with its URL
 * when it is up, and stops cleanly on SIGTERM and SIGINT.
 */

function usage(): string {
  const lines = SETTINGS.map(name => {
    const words = configurationSchema.shape[name].description ?? ''
    return `  --${flagOf(name)}  (${variableOf(name)})  ${words}`
  })
  return ['Usage: node main.ts [--config file.json] [--<setting> value]...', ...lines, ''].join('\n')
}

async function main(): Promise<void> {
  const named = ['config', ...SETTINGS.map(flagOf)].map(name => [name, { type: 'string' as const }])
  const { values } = parseArgs({ options: { ...Object.fromEntries(named), help: { type: 'boolean' } } })
  const { help, ...given } = values as Record<string, string | undefined> & { help?: boolean }
  if (help === true) {
    process.stdout.write(usage())
    return
  }
  const flags = Object.fromEntries(SETTINGS.map(name => [name, given[flagOf(name)]]))
  const indexer = await startIndexer(
    loadConfiguration({ flags, environment: process.env, file: given.config }),
  )
  process.stdout.write(`${JSON.stringify({ url: indexer.url })}\n`)
  let stopping = false
  const stop = () => {
    // A second signal means now.
    if (stopping) process.exit(1)
    stopping = true
    void indexer.stop().then(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

main().catch((error: unknown) => {
  const known = error instanceof OmgError
  const shown = known ? error.toJSON() : { code: 'indexer.internal', message: String(error) }
  process.stderr.write(`${JSON.stringify(shown)}\n`)
  process.exit(known && error.code === 'configuration.invalid' ? 2 : 1)
})
