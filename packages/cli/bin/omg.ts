#!/usr/bin/env node
import { run } from '../src/index.ts'

await run(process.argv.slice(2))
