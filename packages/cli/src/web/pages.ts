/** The web pages of `omg up`: files that set-up has built, read once, and where the node is. Nothing else is served. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { cliError } from '../error.ts'

/** How many ports after the wanted one are tried. */
const PORTS_TRIED = 20

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

export interface PagesOptions {
  /** Folder of a built page; it has an `index.html`. */
  readonly folder: string
  /** The node's HTTP address; the page talks to it over WebSocket. */
  readonly nodeUrl: string
  /** The first port that is tried; 0 takes any free one. */
  readonly port: number
}

export interface Pages {
  readonly url: string
  stop(): Promise<void>
}

/** The folder in which set-up puts the explorer. */
export const EXPLORER = join(import.meta.dirname, '..', '..', '..', '..', '.cache', 'web', 'explorer')

export const isBuilt = (folder: string): boolean => existsSync(join(folder, 'index.html'))

/** Serves a built page. Errors (thrown): `network.port` when none of the ports is free. */
export async function servePages({ folder, nodeUrl, port }: PagesOptions): Promise<Pages> {
  const node = nodeUrl.replace(/^http/, 'ws')
  const files = readFiles(folder)
  files.set('/place.json', { type: TYPES['.json']!, body: Buffer.from(JSON.stringify({ node })) })
  files.set('/', files.get('/index.html')!)
  const headers = {
    'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ${new URL(node).origin}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  }
  const server = createServer(({ method, url = '/' }, response) => {
    const path = url.replace(/[?#].*$/s, '')
    const file = files.get(path)
    const reads = method === 'GET' || method === 'HEAD'
    if (!file || !reads) {
      response.writeHead(file ? 405 : 404, { ...headers, 'content-type': 'text/plain; charset=utf-8' })
      response.end(file ? 'Only GET.\n' : 'There is nothing here.\n')
      return
    }
    // The names of assets carry their hash; a page is asked for again each time.
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    response.writeHead(200, { ...headers, 'content-type': file.type, 'cache-control': cache })
    response.end(method === 'HEAD' ? undefined : file.body)
  })
  const taken = await listenFrom(server, port)
  return {
    url: `http://127.0.0.1:${taken}`,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function readFiles(folder: string): Map<string, { type: string; body: Buffer }> {
  const files = new Map<string, { type: string; body: Buffer }>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    files.set(`/${relative(folder, path).split(sep).join('/')}`, { type, body: readFileSync(path) })
  }
  return files
}

/** Listens on the wanted port or on the next free one. */
async function listenFrom(server: Server, wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + PORTS_TRIED && port <= 65_535; port++) {
    const bound = await new Promise<number | undefined>((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)
      server.once('error', fail)
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
        server.off('error', fail)
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : port)
      })
    })
    if (bound !== undefined) return bound
  }
  throw cliError(
    'network.port',
    `ports ${wanted} to ${wanted + PORTS_TRIED - 1}, wanted for the explorer, are in use`,
  )
}
