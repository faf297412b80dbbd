#!/usr/bin/env node
// The npm build of the Solidity compiler behind the command line that Foundry speaks: `--version`, and standard JSON on
// standard input. The compiler is pinned by package-lock.json, so forge downloads nothing. Runs under Node 20 and later.
'use strict'
const { readFileSync } = require('node:fs')
const solc = require('solc')

if (process.argv.includes('--version')) {
  const version = solc.version().replace('Emscripten.clang', 'Linux.g++')
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`)
} else if (process.argv.includes('--standard-json')) {
  process.stdout.write(solc.compile(readFileSync(0, 'utf8')))
} else {
  process.stderr.write('usage: solc.cjs --version | solc.cjs --standard-json < input.json\n')
  process.exitCode = 2
}
