import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { temporaryDirectory } from '../../../test/harness.ts'
import { CometBftProcess } from './process.ts'

const PATIENCE_MILLISECONDS = 120_000

/** Ends as CometBFT does when peers have not brought what they say they have, and tells of an old record when it is started again. */
const PROGRAM = `#!${process.execPath}
const { appendFileSync, existsSync } = require('node:fs')
const starts = process.argv[4] + '/starts'
const isFirst = !existsSync(starts)
appendFileSync(starts, (process.env.OMG_HEARSAY ?? 'heard') + ' ')
if (isFirst) process.exit(17)
console.log(JSON.stringify({ level: 'error', _msg: 'old', code: 'signer.restored', vote: 12, until: 14 }))
setInterval(() => {}, 1000)
`

test(
  'who ends because of what peers say is started again without regard to it; an old record is told',
  async () => {
    const directory = temporaryDirectory()
    const program = join(directory.path, 'cometbft')
    writeFileSync(program, PROGRAM, { mode: 0o755 })
    const onSilent = vi.fn()
    const onEnded = vi.fn()
    const logger = pino({ level: 'silent' })
    const child = new CometBftProcess({ program, home: directory.path, logger, onSilent, onEnded })
    child.start()
    await vi.waitFor(() => expect(onSilent).toHaveBeenCalledWith(14n), { timeout: PATIENCE_MILLISECONDS })
    await child.stop()
    const starts = join(directory.path, 'starts')
    expect(existsSync(starts) && readFileSync(starts, 'utf8')).toBe('heard ignore ')
    expect(onEnded).toHaveBeenCalledTimes(1)
    directory.remove()
  },
  PATIENCE_MILLISECONDS,
)

/** Says at its first start that its consensus has failed, and stays. */
const FAILED = `#!${process.execPath}
const { appendFileSync, existsSync } = require('node:fs')
const starts = process.argv[4] + '/starts'
const isFirst = !existsSync(starts)
appendFileSync(starts, '.')
if (isFirst) console.log(JSON.stringify({ level: 'error', _msg: 'CONSENSUS FAILURE!!!', err: 'no space left on device' }))
setInterval(() => {}, 1000)
`

test(
  'who stays up after a failure of consensus is ended, and started again',
  async () => {
    const directory = temporaryDirectory()
    const program = join(directory.path, 'cometbft')
    writeFileSync(program, FAILED, { mode: 0o755 })
    const onEnded = vi.fn()
    const child = new CometBftProcess({
      ...{ program, home: directory.path, onEnded },
      logger: pino({ level: 'silent' }),
    })
    child.start()
    const starts = join(directory.path, 'starts')
    const count = () => (existsSync(starts) ? readFileSync(starts, 'utf8') : '')
    await vi.waitFor(() => expect(count()).toBe('..'), { timeout: PATIENCE_MILLISECONDS })
    await child.stop()
    expect(onEnded).toHaveBeenCalledTimes(1)
    expect(onEnded.mock.calls[0]![0].message).toContain('CONSENSUS FAILURE')
    directory.remove()
  },
  PATIENCE_MILLISECONDS,
)
