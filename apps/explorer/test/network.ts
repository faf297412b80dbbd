import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { servePages } from '@omg/cli/pages'
import { build } from 'vite'
import { type Facts, omgUp, processOf } from '../../../packages/cli/test/network.ts'

export interface TestNetwork {
  readonly facts: Facts
  /** Where the built page is served, under the CSP of `omg up`. */
  readonly url: string
  /** Ends the node by force; its supervisor starts it again. */
  killNode(): void
  stop(): Promise<void>
}

/** A whole network with a crowd that trades, and the built page. */
export async function startTestNetwork(): Promise<TestNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'omg-explorer-'))
  const data = join(folder, 'data')
  const page = join(folder, 'page')
  const up = await omgUp(data, ['--no-web'], { crowd: true })
  try {
    const configFile = join(import.meta.dirname, '..', 'vite.config.ts')
    await build({ configFile, logLevel: 'error', build: { outDir: page, emptyOutDir: true } })
    const { nodeUrl, indexerUrl } = up.facts
    const pages = await servePages({ pages: { explorer: { folder: page } }, nodeUrl, indexerUrl, port: 0 })
    return {
      facts: up.facts,
      url: pages.urls.explorer!,
      killNode: () => process.kill(processOf(data, 'node'), 'SIGKILL'),
      async stop() {
        await pages.stop()
        await up.stop()
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
      },
    }
  } catch (error) {
    await up.stop()
    throw error
  }
}
