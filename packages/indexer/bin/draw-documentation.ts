/** Writes the generated tables of docs/indexer.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fillDocumentation } from '../src/documentation.ts'

const path = new URL('../../../docs/indexer.md', import.meta.url)
writeFileSync(path, fillDocumentation(readFileSync(path, 'utf8')))
