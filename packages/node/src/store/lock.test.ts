import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/harness.ts'
import { lockDirectory } from './lock.ts'

test('one directory has one holder; a dead one is replaced', () => {
  const directory = temporaryDirectory()
  const path = join(directory.path, 'LOCK')
  const lock = lockDirectory(directory.path)
  expect(() => lockDirectory(directory.path)).toThrowError(/in use by another node/)
  lock.release()

  const holder = { pid: process.ppid, started: '', token: 'x' }
  writeFileSync(path, JSON.stringify(holder))
  expect(() => lockDirectory(directory.path)).toThrowError(new RegExp(`process ${process.ppid}`))

  writeFileSync(path, JSON.stringify({ pid: 2 ** 22 + 1, started: '1', token: 'x' }))
  const second = lockDirectory(directory.path)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid })
  second.release()

  // A number that another process has got since is not the holder.
  writeFileSync(path, JSON.stringify({ pid: process.ppid, started: '1', token: 'x' }))
  lockDirectory(directory.path).release()
  directory.remove()
})
