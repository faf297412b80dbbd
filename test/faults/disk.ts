import { spawnSync } from 'node:child_process'
import { closeSync, cpSync, mkdtempSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a small disk has beside what is put on it, in bytes. */
const ROOM = 24 * 1024 * 1024
const BALLAST = 'ballast'
/** Sizes in bytes in which a disk is filled, down to the last page. */
const PIECES = [1024 * 1024, 64 * 1024, 4 * 1024, 1]

/** A directory as a file system of its own in memory, that a test can fill: whoever writes there meets a full disk, the kernel's. */
export class SmallDisk {
  readonly #directory: string
  readonly #unmount = () => void run('umount', ['--lazy', this.#directory])

  private constructor(directory: string) {
    this.#directory = directory
    // Nothing stays mounted after a test that was ended.
    process.once('exit', this.#unmount)
  }

  /** Puts a directory that nobody uses on a small disk, with all that is in it. Undefined where this user may not mount. */
  static put(directory: string): SmallDisk | undefined {
    return moved(directory, () => {
      const size = ROOM + Number(run('du', ['-sb', directory]).stdout.split('\t')[0])
      const { status } = run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'omg-faults', directory])
      return status === 0 ? new SmallDisk(directory) : undefined
    })
  }

  /** Not a byte is left. */
  fill(): void {
    const file = openSync(join(this.#directory, BALLAST), 'a')
    try {
      for (const length of PIECES) while (isWritten(file, Buffer.alloc(length)));
    } finally {
      closeSync(file)
    }
  }

  get bytesFree(): number {
    const { bavail, bsize } = statfsSync(this.#directory)
    return bavail * bsize
  }

  free(): void {
    rmSync(join(this.#directory, BALLAST))
  }

  /** Back to where it was, with what is in it by now. Nobody may use it. */
  remove(): void {
    process.off('exit', this.#unmount)
    moved(this.#directory, () => {
      const { status, stderr } = run('umount', [this.#directory])
      if (status !== 0) throw new Error(`a small disk stays mounted: ${stderr}`)
      // What it had before would mix with what it has now.
      for (const name of readdirSync(this.#directory))
        rmSync(join(this.#directory, name), { recursive: true })
    })
  }
}

/** Keeps what is in a directory while something else takes its place. */
function moved<T>(directory: string, change: () => T): T {
  const kept = mkdtempSync(join(tmpdir(), 'omg-faults-disk-'))
  try {
    cpSync(directory, kept, { recursive: true })
    const result = change()
    cpSync(kept, directory, { recursive: true })
    return result
  } finally {
    rmSync(kept, { recursive: true, force: true })
  }
}

function isWritten(file: number, bytes: Buffer): boolean {
  try {
    writeSync(file, bytes)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}

function run(program: string, parameters: readonly string[]) {
  return spawnSync(program, parameters, { encoding: 'utf8' })
}
