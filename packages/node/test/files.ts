import { disk, type FileSystem, type LogFile } from '../src/store/files.ts'

/** The process "dies": nothing after this reaches the disk. */
export class Crash extends Error {}

export interface FaultyFiles extends FileSystem {
  /** Operations that change the disk, so far. */
  operations: number
  /** Dies at this operation, after a part of it has happened. */
  crashAt: number
  /** While set, writes fail as on a full disk. */
  full: boolean
}

/** The real disk behind a seam that dies at any write boundary or runs full. A write that dies leaves half of it behind. */
export function faultyFiles(): FaultyFiles {
  const change = async (half: () => Promise<void>, whole: () => Promise<void>): Promise<void> => {
    const operation = files.operations++
    if (operation > files.crashAt) throw new Crash('dead')
    if (operation === files.crashAt) {
      await half()
      throw new Crash('died here')
    }
    await whole()
  }
  const nothing = async () => {}
  const full = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  const wrap = (file: LogFile): LogFile => ({
    read: (position, length) => file.read(position, length),
    size: () => file.size(),
    close: () => file.close(),
    async write(bytes, position) {
      const half = bytes.subarray(0, bytes.length >> 1)
      if (files.full) {
        await file.write(half, position)
        throw full()
      }
      await change(
        () => file.write(half, position),
        () => file.write(bytes, position),
      )
    },
    sync: () => change(nothing, () => file.sync()),
    truncate: length => change(nothing, () => file.truncate(length)),
  })
  const files: FaultyFiles = {
    operations: 0,
    crashAt: Number.MAX_SAFE_INTEGER,
    full: false,
    open: async path => wrap(await disk.open(path)),
    list: disk.list,
    makeDirectory: disk.makeDirectory,
    remove: path => change(nothing, () => disk.remove(path)),
    syncDirectory: path => change(nothing, () => disk.syncDirectory(path)),
  }
  return files
}
