import * as fs from 'node:fs/promises'

/**
 * The few file operations the block log needs, as a seam: tests put a disk behind it that is full, or that dies
 * after any single operation (kill -9 at a write boundary).
 */
export interface LogFile {
  /** Writes all bytes at `position` (bytes from the start of the file). */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Reads up to `length` bytes; fewer at the end of the file. */
  read(position: number, length: number): Promise<Buffer>
  /** Data and length reach the disk. */
  sync(): Promise<void>
  truncate(length: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

export interface FileSystem {
  /** Opens for reading and writing, makes the file when it is missing. */
  open(path: string): Promise<LogFile>
  list(directory: string): Promise<string[]>
  makeDirectory(path: string): Promise<void>
  remove(path: string): Promise<void>
  /** The names in the directory reach the disk. */
  syncDirectory(path: string): Promise<void>
}

class DiskFile implements LogFile {
  readonly #handle: fs.FileHandle

  constructor(handle: fs.FileHandle) {
    this.#handle = handle
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done)
      done += bytesWritten
    }
  }

  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length)
    let done = 0
    while (done < length) {
      const { bytesRead } = await this.#handle.read(buffer, done, length - done, position + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return buffer.subarray(0, done)
  }

  async sync(): Promise<void> {
    await this.#handle.datasync()
  }

  async truncate(length: number): Promise<void> {
    await this.#handle.truncate(length)
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** The machine's own disk. */
export const disk: FileSystem = {
  async open(path) {
    const handle = await fs.open(path, 'r+').catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return fs.open(path, 'w+')
    })
    return new DiskFile(handle)
  },
  async list(directory) {
    return (await fs.readdir(directory)).sort()
  },
  async makeDirectory(path) {
    await fs.mkdir(path, { recursive: true })
  },
  async remove(path) {
    await fs.unlink(path)
  },
  async syncDirectory(path) {
    const handle = await fs.open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}
