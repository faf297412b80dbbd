import { runProgram } from '@omg/follower'
import { loadConfiguration, WATCHER_SETTINGS } from './configuration/configuration.ts'
import { startWatcher } from './watcher.ts'

// The watcher as a process: `node packages/watcher/src/main.ts --config watcher.json --port 8700`.
await runProgram({
  ...WATCHER_SETTINGS,
  ...{ load: loadConfiguration, start: startWatcher, internal: 'watcher.internal' },
})
