import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAnvil } from '../src/devnet/anvil.ts'
import { startChild } from '../src/devnet/child.ts'
import { claimPort } from '../src/devnet/port.ts'
import { lockData, readRunning, writeRunning } from '../src/devnet/record.ts'
import { supervise } from '../src/devnet/supervisor.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'omg-supervision-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 50))
}

/** A program that says its process id and then waits. */
const WAITING = `process.stdout.write('pid ' + process.pid + '\\n'); setInterval(() => {}, 1000)`
const pidIn = (log: string) => Number(/pid (\d+)\n(?![\s\S]*pid )/.exec(readFileSync(log, 'utf8'))?.[1])
const waiting = (name: string) => {
  const log = join(folder, `${name}.log`)
  writeFileSync(log, '')
  const ready = async () => pidIn(log) > 0
  return { name, program: process.execPath, args: ['-e', WAITING], log, ready }
}

describe('a child', () => {
  test('stops when it is told to', async () => {
    const options = waiting('told')
    const child = await startChild(options)
    const pid = pidIn(options.log)
    expect(isAlive(pid)).toBe(true)
    await child.stop()
    expect(isAlive(pid)).toBe(false)
  })

  test('dies with its supervisor, even when that is killed', async () => {
    const options = waiting('orphan')
    const supervisor = `
      import { startChild } from ${JSON.stringify(join(import.meta.dirname, '..', 'src', 'devnet', 'child.ts'))}
      await startChild({ ...${JSON.stringify({ ...options, ready: undefined })}, ready: async () => true })
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', supervisor], { stdio: 'ignore' })
    await until(options.ready)
    const pid = pidIn(options.log)
    parent.kill('SIGKILL')
    await until(() => !isAlive(pid))
  })

  test('that ends too early is an error with the end of its log', async () => {
    const options = {
      ...waiting('early'),
      args: ['-e', `console.log('no disk'); process.exit(3)`],
      ready: async () => false,
    }
    const error = await startChild(options).catch(caught => caught)
    expect(error.code).toBe('network.start')
    expect(error.message).toContain('early ended with 3')
    expect(error.message).toContain('no disk')
  })

  test('is started again when it dies', async () => {
    const options = waiting('again')
    const told: string[] = []
    const supervised = await supervise(options, line => told.push(line))
    const first = pidIn(options.log)
    process.kill(first, 'SIGKILL')
    await until(() => pidIn(options.log) !== first)
    expect(told[0]).toContain('starting it again (1 of 5)')
    await supervised.stop()
    await until(() => !isAlive(pidIn(options.log)))
  })
})

describe('a data folder', () => {
  test('has one network at a time, and forgets a dead one', () => {
    const data = join(folder, 'locked')
    const release = lockData(data)
    expect(() => lockData(data)).toThrow(expect.objectContaining({ code: 'network.running' }))
    release()
    lockData(data)()
    const urls = {
      ethereumUrl: 'e',
      nodeUrl: 'n',
      watcherUrl: 'w',
      devnet: true,
      startedAt: '2026-01-01T00:00:00Z',
    }
    writeRunning(data, { ...urls, pid: process.pid })
    expect(readRunning(data)?.nodeUrl).toBe('n')
    // No process can have this id on Linux or macOS.
    writeRunning(data, { ...urls, pid: 2 ** 30 })
    expect(readRunning(data)).toBeUndefined()
  })
})

test('a port in use is named', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await expect(claimPort(port, 'the node')).rejects.toMatchObject({
    code: 'network.port',
    message: `port ${port}, wanted for the node, is in use`,
  })
  server.close()
  expect(await claimPort(0, 'the node')).toBeGreaterThan(1024)
})

test('the embedded Ethereum goes on where it stopped', async () => {
  const call = async (url: string, method: string, params: unknown[] = []) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    return ((await response.json()) as { result: never }).result
  }
  const port = await claimPort(0, 'Ethereum')
  const url = `http://127.0.0.1:${port}`
  const options = { port, state: join(folder, 'ethereum.json'), log: join(folder, 'ethereum.log') }
  const first = await startAnvil(options)
  await call(url, 'anvil_setBalance', [`0x${'00'.repeat(19)}aa`, '0x7'])
  await call(url, 'anvil_mine', ['0x3'])
  const { hash } = (await call(url, 'eth_getBlockByNumber', ['0x2', false])) as { hash: string }
  await first.stop()
  const second = await startAnvil(options)
  expect(((await call(url, 'eth_getBlockByNumber', ['0x2', false])) as { hash: string }).hash).toBe(hash)
  expect(await call(url, 'eth_getBalance', [`0x${'00'.repeat(19)}aa`, 'latest'])).toBe('0x7')
  await second.stop()
  await expect(fetch(url)).rejects.toThrow()
})
