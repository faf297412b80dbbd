import { runProgram } from '@omg/follower'
import { INDEXER_SETTINGS, loadConfiguration } from './configuration/configuration.ts'
import { startIndexer } from './indexer.ts'

// The indexer as a process: `node packages/indexer/src/main.ts --node http://127.0.0.1:8600`.
await runProgram({
  ...INDEXER_SETTINGS,
  ...{ load: loadConfiguration, start: startIndexer, internal: 'indexer.internal' },
})
