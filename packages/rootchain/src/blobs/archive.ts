import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Hash, parseHex } from '@omg/protocol'
import { BLOB_BYTES, type BlobSidecar, versionedHash } from '../send/blobs.ts'
import type { BlobSource } from './source.ts'

/** A folder of blobs: each a file of 131,072 bytes, under its versioned hash. */
export interface BlobArchive extends BlobSource {
  /** Resolves when they are on disk. One that is there already is not written again. */
  keep(sidecars: readonly Pick<BlobSidecar, 'blob' | 'commitment'>[]): Promise<void>
}

/** Opens a folder, which `keep` makes where it does not exist. */
export function openArchive(folder: string): BlobArchive {
  const fileOf = (hash: Hash) => join(folder, `${hash}.blob`)

  async function read(hash: Hash): Promise<Uint8Array | undefined> {
    const bytes = await readFile(fileOf(hash)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    return bytes?.length === BLOB_BYTES ? bytes : undefined
  }

  return {
    name: folder,
    async blobs(hashes) {
      const found = await Promise.all(hashes.map(read))
      return found.filter(blob => blob !== undefined)
    },
    async keep(sidecars) {
      await mkdir(folder, { recursive: true })
      for (const sidecar of sidecars) {
        const hash = versionedHash(sidecar)
        const blob = parseHex(sidecar.blob)
        if (!blob.ok) throw blob.error
        if ((await read(hash)) === undefined) await writeWhole(fileOf(hash), blob.value)
      }
    },
  }
}

/** A reader sees the whole file or none, and so does who comes after a power cut. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}.new`
  const handle = await open(temporary, 'w')
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}
