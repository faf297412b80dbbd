import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProgram, EXIT } from '../src/index.ts'
import { omg } from './omg.ts'

let data: string
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'omg-cli-'))
})
afterAll(() => rmSync(data, { recursive: true, force: true }))

describe('help', () => {
  test('every command explains itself and shows examples', async () => {
    for (const command of (await createProgram()).commands) {
      expect(command.description(), command.name()).not.toBe('')
      let help = ''
      command.configureOutput({ writeOut: text => (help += text) }).outputHelp()
      expect(help, command.name()).toContain('$ omg ')
    }
  })

  test('the command tells its exit codes', async () => {
    const { code, stdout } = await omg(['--help'])
    expect(code).toBe(EXIT.done)
    expect(stdout).toContain('Exit codes: 0 done')
  })
})

describe('a wrong command line', () => {
  test.each([[['pya']], [['account', 'create']], [['--nonsense']], [['account', 'import', 'x']]])(
    '%s',
    async args => {
      const { code, stdout, stderr } = await omg(args)
      expect(code).toBe(EXIT.usage)
      expect(stdout).toBe('')
      expect(stderr).toContain('--help')
    },
  )
})

test('a signer needs its key and the contracts', async () => {
  const args = [
    '--data',
    data,
    '--json',
    'validator',
    'sign',
    join(data, 'signer'),
    '--socket',
    join(data, 's'),
  ]
  const codeOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout).error.message as string
  const keyless = await omg(args)
  expect([keyless.code, codeOf(keyless)]).toEqual([EXIT.usage, expect.stringContaining('OMG_VALIDATOR_KEY')])
  const lost = await omg(args, { OMG_VALIDATOR_KEY: `0x${'11'.repeat(32)}` })
  expect([lost.code, codeOf(lost)]).toEqual([EXIT.usage, expect.stringContaining('--deployment')])
})

describe('accounts', () => {
  const password = { OMG_PASSWORD: 'correct horse battery' }
  const at = (...args: string[]) => ['--data', data, '--json', 'account', ...args]

  test('are made once, encrypted, and readable by their user only', async () => {
    const made = await omg(at('create', 'savings'), password)
    expect(made.code).toBe(EXIT.done)
    const { address } = JSON.parse(made.stdout)
    const file = join(data, 'accounts', 'savings.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(`0x${JSON.parse(readFileSync(file, 'utf8')).address}`).toBe(address)

    const again = await omg(at('create', 'savings'), password)
    expect(again.code).toBe(EXIT.refused)
    expect(JSON.parse(again.stdout).error.code).toBe('account.exists')

    const listed = await omg(at('list'))
    expect(JSON.parse(listed.stdout).accounts).toEqual([{ name: 'savings', address, kind: 'keystore' }])
  })

  test('are imported from a key or a keystore file', async () => {
    const key = join(data, 'key.txt')
    writeFileSync(key, '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d\n')
    const first = await omg(at('import', 'one', '--key-file', key), password)
    expect(JSON.parse(first.stdout).address).toBe('0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b')
    const second = await omg(at('import', 'two', '--key-file', join(data, 'accounts', 'one.json')), password)
    expect(JSON.parse(second.stdout).address).toBe('0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b')
    const wrong = await omg(at('import', 'three', '--key-file', join(data, 'accounts', 'one.json')), {
      OMG_PASSWORD: 'incorrect horse',
    })
    expect(wrong.code).toBe(EXIT.failed)
    expect(JSON.parse(wrong.stdout).error.code).toBe('account.password')
  })

  test.each(['', '../escape', 'Upper', 'a'.repeat(33), '-x'])('refuse the name "%s"', async name => {
    const { code, stdout } = await omg(at('create', '--', name), password)
    expect(code).toBe(EXIT.usage)
    expect(JSON.parse(stdout).error.code).toBe('account.name')
  })

  test('refuse a short password, and none without a terminal', async () => {
    const short = await omg(at('create', 'short'), { OMG_PASSWORD: '1234567' })
    expect(JSON.parse(short.stdout).error.code).toBe('account.password')
    const none = await omg(at('create', 'none'))
    expect(JSON.parse(none.stdout).error.code).toBe('account.password')
  })
})
