import type { RunningNetwork } from '../devnet/network.ts'
import { isBuilt, PAGES, type Pages, pageFolder, servePages } from './pages.ts'

/** A network with its web pages; none where they are not wanted. */
export type ServedNetwork = RunningNetwork & { readonly pages: Pages | undefined }

/** Serves the pages that set-up has built. Errors (thrown): `network.port`. */
export function serveSite(network: RunningNetwork, port: number): Promise<Pages> {
  const { nodeUrl, indexerUrl, ethereumUrl } = network
  const built = PAGES.filter(name => isBuilt(pageFolder(name)))
  const pages = Object.fromEntries(built.map(name => [name, { folder: pageFolder(name) }]))
  return servePages({ pages, nodeUrl, indexerUrl, ethereumUrl, port })
}
