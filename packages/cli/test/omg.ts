import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { EXIT, run as runHere } from '../src/index.ts'

/** What one run of the command printed, and how it ended. */
export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** Runs `omg` as a user would. Variables of the surrounding shell that steer it are taken out. */
export function omg(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('OMG_')),
  )
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'bin', 'omg.ts'), ...args], {
    env: { ...inherited, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? 1, ...output }))
  })
}

/** The same in this process, which spares the start of one: for command lines that end by themselves. One at a time. */
export async function omgHere(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const output: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map(stream =>
    vi.spyOn(process[stream], 'write').mockImplementation(text => {
      output[stream] += String(text)
      return true
    }),
  )
  for (const name of Object.keys(process.env)) if (name.startsWith('OMG_')) vi.stubEnv(name, undefined)
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const { exitCode } = process
  try {
    await runHere(args)
    return { code: Number(process.exitCode ?? 0), ...output }
  } finally {
    process.exitCode = exitCode
    vi.unstubAllEnvs()
    for (const spy of spies) spy.mockRestore()
  }
}

/** `omg` on the network of a folder. What is asked in JSON runs in this process, one after the other: a process each is a second each. */
export function omgOn(data: string) {
  const inJson = (...args: string[]) => omgHere(['--data', data, '--json', ...args])
  return {
    run: (...args: string[]) => omg(['--data', data, ...args]),
    /** The JSON answer of a command that succeeds. */
    async ask(...args: string[]) {
      const { code, stdout, stderr } = await inJson(...args)
      expect(code, `${args.join(' ')}: ${stdout}${stderr}`).toBe(EXIT.done)
      return JSON.parse(stdout)
    },
    /** Code of the error and exit code of a command that does not. */
    async refused(...args: string[]): Promise<[code: string, exit: number]> {
      const { code, stdout } = await inJson(...args)
      return [JSON.parse(stdout).error.code, code]
    },
  }
}
