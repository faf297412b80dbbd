/** The web pages of `omg up`: files that set-up has built, read once, and where everything else is. Nothing else is served. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { cliError } from '../error.ts'

/** How many ports after the wanted one are tried. */
const PORTS_TRIED = 20

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.json': 'application/json',
}

/** The pages there are, in the order in which they take their ports. */
export const PAGES = ['exchange', 'explorer', 'stake'] as const
export type PageName = (typeof PAGES)[number]

/** What a page is told of the network, as `/place.json`. */
export interface Place {
  /** WebSocket of the node. */
  readonly node: string
  readonly indexer: string | null
  readonly ethereum: string | null
  /** Where test money is asked for, on the page's own server. */
  readonly faucet: string | null
  readonly exchange: string | null
  readonly explorer: string | null
  readonly stake: string | null
}

/** Answers requests that are not for a file. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface PageOptions {
  /** Folder of the built page; it has an `index.html`. */
  readonly folder: string
  /** By path. */
  readonly handlers?: Readonly<Record<string, Handler>>
}

export interface PagesOptions {
  readonly pages: Readonly<Partial<Record<PageName, PageOptions>>>
  /** HTTP addresses; the pages talk to the node over WebSocket. */
  readonly nodeUrl: string
  readonly indexerUrl?: string | undefined
  readonly ethereumUrl?: string | undefined
  /** The first port that is tried, each page takes the next free one; 0 takes any. */
  readonly port: number
}

/** Addresses of the pages that are served. */
export interface Pages {
  readonly urls: Readonly<Partial<Record<PageName, string>>>
  stop(): Promise<void>
}

/** The path of the faucet on the server of a page that has one. */
export const FAUCET_PATH = '/faucet'

/** The folder in which set-up puts a page. */
export const pageFolder = (name: PageName): string =>
  join(import.meta.dirname, '..', '..', '..', '..', '.cache', 'web', name)

export const isBuilt = (folder: string): boolean => existsSync(join(folder, 'index.html'))

/** Serves built pages, each on a port of its own. Errors (thrown): `network.port` when none is free. */
export async function servePages(options: PagesOptions): Promise<Pages> {
  const servers = new Map<PageName, Server>()
  const urls: Partial<Record<PageName, string>> = {}
  const stop = () => Promise.all([...servers.values()].map(close)).then(() => undefined)
  try {
    for (const name of PAGES) {
      if (options.pages[name] === undefined) continue
      const server = createServer()
      servers.set(name, server)
      // By name: a passkey cannot belong to an address of digits.
      urls[name] = `http://localhost:${await listenFrom(server, options.port)}`
    }
    // Each page names the others, so what they say is known once all have their ports.
    for (const [name, server] of servers) {
      const page = options.pages[name]!
      server.on('request', pageServer(page, placeOf(options, urls, page)))
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { urls, stop }
}

function placeOf({ nodeUrl, indexerUrl, ethereumUrl }: PagesOptions, urls: Pages['urls'], page: PageOptions) {
  const slashed = (url: string | undefined) => (url === undefined ? null : `${url}/`)
  return {
    node: `${nodeUrl.replace(/^http/, 'ws')}/`,
    indexer: slashed(indexerUrl),
    ethereum: slashed(ethereumUrl),
    faucet: page.handlers?.[FAUCET_PATH] ? FAUCET_PATH : null,
    exchange: slashed(urls.exchange),
    explorer: slashed(urls.explorer),
    stake: slashed(urls.stake),
  } satisfies Place
}

/** Answers the files of a page, `/place.json`, and what has a handler. */
function pageServer({ folder, handlers = {} }: PageOptions, place: Place): Handler {
  const files = readFiles(folder)
  files.set('/place.json', { type: TYPES['.json']!, body: Buffer.from(JSON.stringify(place)) })
  files.set('/', files.get('/index.html')!)
  const headers = headersFor(place)
  return (request, response) => {
    const { method, url = '/' } = request
    const path = url.replace(/[?#].*$/s, '')
    const handler = Object.hasOwn(handlers, path) ? handlers[path] : undefined
    if (handler) return handler(request, response)
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
  }
}

/** A page runs only its own scripts, and talks to its own server, the node, the indexer and Ethereum. */
function headersFor({ node, indexer, ethereum }: Place) {
  // Node and indexer speak HTTP and WebSocket on one port.
  const both = [node, indexer].flatMap(url => [originOf(url, 'http'), originOf(url, 'ws')])
  const talksTo = [...both, originOf(ethereum, 'http')].filter(origin => origin !== undefined)
  const policy = [
    "default-src 'none'",
    ...['script-src', 'style-src', 'font-src', 'manifest-src'].map(source => `${source} 'self'`),
    "img-src 'self' data:",
    `connect-src ${["'self'", ...talksTo].join(' ')}`,
    ...['base-uri', 'form-action', 'frame-ancestors'].map(source => `${source} 'none'`),
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  }
}

/** `ws://host:1/path` as `http://host:1`, for example. */
function originOf(address: string | null, scheme: 'http' | 'ws'): string | undefined {
  if (address === null) return undefined
  const { host, protocol } = new URL(address)
  return `${scheme}${protocol === 'https:' || protocol === 'wss:' ? 's' : ''}://${host}`
}

const close = (server: Server) =>
  new Promise<void>(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

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
    `ports ${wanted} to ${wanted + PORTS_TRIED - 1}, wanted for the web pages, are in use`,
  )
}
