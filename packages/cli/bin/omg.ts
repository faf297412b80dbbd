#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

// From the second run on, a command and the programs that it starts take half of the time to load. Not in a folder for
// everybody: who writes there would write our code.
process.env.NODE_COMPILE_CACHE ??= join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'omg-network',
  'compiled',
)
enableCompileCache(process.env.NODE_COMPILE_CACHE)

const { run } = await import('../src/index.ts')
await run(process.argv.slice(2))
