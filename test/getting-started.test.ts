// docs/getting-started.md is executed as it stands: its shell lines and its programs, in order, on a network of their own.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { passAnvilTime } from '@omg/rootchain/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { omgUp, type Up } from '../packages/cli/test/network.ts'

const root = join(import.meta.dirname, '..')
const omgProgram = join(root, 'packages', 'cli', 'bin', 'omg.ts')

interface Block {
  language: 'sh' | 'ts'
  title: string
  code: string
}

/** The blocks marked `sh` and `ts`; `console` blocks show output or things that no test can run. */
const blocks: Block[] = [
  ...readFileSync(join(root, 'docs', 'getting-started.md'), 'utf8').matchAll(/```(sh|ts)\n([\s\S]*?)```/g),
].map(match => {
  const [, language, code = ''] = match
  return { language: language as Block['language'], title: code.split('\n')[0] ?? '', code }
})

let data: string
let up: Up

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'omg-getting-started-'))
  up = await omgUp(data)
}, 180_000)

afterAll(async () => {
  await up?.stop()
  rmSync(data, { recursive: true, force: true })
}, 60_000)

/** The page speaks about the default addresses and folder; here they are those of this network. */
const here = (code: string) =>
  code
    .replaceAll('http://127.0.0.1:8545', up.facts.ethereumUrl)
    .replaceAll('http://127.0.0.1:8600', up.facts.nodeUrl)
    .replaceAll('ws://127.0.0.1:8600', up.facts.nodeUrl.replace('http', 'ws'))
    .replaceAll('http://127.0.0.1:8700', up.facts.watcherUrl)
    .replaceAll('.omg/', `${data}/`)
    .replaceAll(/npm run (?:-s )?omg -- /g, `'${process.execPath}' '${omgProgram}' `)

function run(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, OMG_DATA: data, OMG_PASSWORD: 'correct horse battery', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? 1, output }))
  })
}

describe('docs/getting-started.md', () => {
  test('has examples', () => expect(blocks.length).toBeGreaterThan(3))

  test.each(blocks.map(block => [block.title, block] as const))(
    '%s',
    async (_, { language, code }) => {
      const running =
        language === 'sh'
          ? run('sh', ['-ec', here(code)])
          : run(process.execPath, ['--input-type=module-typescript', '-e', here(code)])
      // Exits wait for Ethereum's clock alone; they need not wait for ours.
      const hurry = setInterval(() => {
        if (code.includes('startExit')) void passAnvilTime(up.facts.ethereumUrl, 5)
      }, 1_000)
      const { code: exit, output } = await running.finally(() => clearInterval(hurry))
      expect(exit, output).toBe(0)
    },
    180_000,
  )
})
