import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { faultyFiles } from '../../test/files.ts'
import { temporaryDirectory } from '../../test/harness.ts'
import { BlockLog, FRAME_BYTES, type LogPlace } from './log.ts'

let directory: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  directory = temporaryDirectory()
})
afterEach(() => directory.remove())

const payload = (height: number) => Buffer.alloc(100 + height, height)
const open = (segmentBytes?: number) =>
  BlockLog.open({ directory: directory.path, ...(segmentBytes ? { segmentBytes } : {}) })

async function heights(log: BlockLog, from?: LogPlace): Promise<number[]> {
  const found: number[] = []
  await log.recover(from, async ({ height, payload: bytes }) => {
    expect(bytes).toEqual(payload(height))
    found.push(height)
  })
  return found
}

/** The heights of a log that is opened for just that. */
async function heightsOnDisk(path: string, from?: LogPlace): Promise<number[]> {
  const log = await BlockLog.open({ directory: path, segmentBytes: 300 })
  return heights(log, from).finally(() => log.close())
}

async function written(count: number, segmentBytes?: number): Promise<LogPlace[]> {
  const log = await open(segmentBytes)
  await log.recover(undefined, async () => {})
  const places: LogPlace[] = []
  for (let height = 1; height <= count; height++) places.push(await log.append(height, payload(height)))
  await log.close()
  return places
}

describe('block log', () => {
  test('gives back what was appended, over several segments, and goes on behind it', async () => {
    const places = await written(10, 300)
    expect(readdirSync(directory.path).length).toBeGreaterThan(2)
    const log = await open(300)
    expect(await heights(log)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(await log.read(places[4]!)).toEqual(payload(5))
    await log.append(11, payload(11))
    await log.close()
    expect(await heightsOnDisk(directory.path)).toHaveLength(11)
  })

  test('recovers from a place in the middle', async () => {
    const places = await written(10, 300)
    expect(await heightsOnDisk(directory.path, places[6])).toEqual([7, 8, 9, 10])
  })

  test('cuts off a torn tail at every byte of the last frame', async () => {
    const places = await written(3)
    const name = join(directory.path, readdirSync(directory.path)[0]!)
    const whole = readFileSync(name)
    const { offset } = places[2]!
    for (let length = offset; length < whole.length; length += 7) {
      writeFileSync(name, whole)
      truncateSync(name, length)
      const log = await open()
      expect(await heights(log)).toEqual([1, 2])
      await log.append(3, payload(3))
      await log.close()
      expect(readFileSync(name)).toEqual(whole)
    }
  })

  test('refuses damage in the middle: that is no torn append', async () => {
    const places = await written(3)
    const name = join(directory.path, readdirSync(directory.path)[0]!)
    const bytes = readFileSync(name)
    bytes[places[1]!.offset + FRAME_BYTES + 5]! ^= 1
    writeFileSync(name, bytes)
    await expect(heightsOnDisk(directory.path)).rejects.toMatchObject({ code: 'store.corrupt' })
  })

  test('a full disk leaves the log as it was', async () => {
    const files = faultyFiles()
    const log = await BlockLog.open({ directory: directory.path, files })
    await log.append(1, payload(1))
    files.full = true
    await expect(log.append(2, payload(2))).rejects.toMatchObject({ code: 'store.full' })
    await expect(log.append(2, payload(2))).rejects.toMatchObject({ code: 'store.full' })
    files.full = false
    await log.append(2, payload(2))
    await log.close()
    expect(await heightsOnDisk(directory.path)).toEqual([1, 2])
  })

  test('prunes whole segments below a height', async () => {
    const places = await written(10, 300)
    const log = await open(300)
    await log.recover(undefined, async () => {})
    expect(await log.prune(6)).toBeGreaterThan(0)
    expect(log.has(places[0]!)).toBe(false)
    expect(log.has(places[9]!)).toBe(true)
    await log.close()
    expect(await heightsOnDisk(directory.path)).toContain(10)
  })

  test('at every write boundary a crash loses nothing that was acknowledged', async () => {
    for (let crashAt = 0; ; crashAt++) {
      const place = temporaryDirectory()
      const files = faultyFiles()
      files.crashAt = crashAt
      const acknowledged: number[] = []
      let crashed = false
      const log = await BlockLog.open({ directory: place.path, files, segmentBytes: 300 })
      try {
        for (let height = 1; height <= 8; height++) {
          await log.append(height, payload(height))
          acknowledged.push(height)
        }
      } catch {
        crashed = true
      }
      await log.close()
      const found = await heightsOnDisk(place.path)
      expect(found.slice(0, acknowledged.length)).toEqual(acknowledged)
      expect(found.length).toBeLessThanOrEqual(acknowledged.length + 1)
      place.remove()
      if (!crashed) break
    }
  })
})
