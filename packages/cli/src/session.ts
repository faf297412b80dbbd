import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Running, readRunning } from './devnet/record.ts'
import { cliError } from './error.ts'

/** The options every command takes. */
export interface GlobalOptions {
  data: string
  json?: boolean
  node?: string
  ethereum?: string
  watcher?: string
  indexer?: string
  account?: string
}

/** Where one run of `omg` works: its folder, its output form, and the programs it talks to. */
export interface Session {
  readonly data: string
  readonly json: boolean
  readonly running: Running | undefined
  /** What the command line itself said, for programs that have their own settings. */
  readonly given: Pick<GlobalOptions, 'node' | 'ethereum'>
  /** Name or address of the account that pays and signs; `alice` on a devnet unless told otherwise. */
  readonly accountName: string | undefined
  /** The first three throw `network.not_running` when there is neither a running network nor an option. */
  nodeUrl(): string
  ethereumUrl(): string
  watcherUrl(): string
  /** Undefined where there is none: a network can do without. */
  indexerUrl(): string | undefined
}

export function createSession(command: Command): Session {
  const options = command.optsWithGlobals<GlobalOptions>()
  const data = resolve(options.data)
  const running = readRunning(data)
  const devnetAccount = running?.devnet ? 'alice' : undefined
  const checked = (url: string) => {
    if (!URL.canParse(url)) throw cliError('request.argument', `"${url}" is not a URL`)
    return url.replace(/\/$/, '')
  }
  const urlOf = (given: string | undefined, found: string | undefined, what: string) => {
    const url = given ?? found
    if (url === undefined)
      throw cliError('network.not_running', `no network runs on ${data}, and no ${what} was named`)
    return checked(url)
  }
  return {
    data,
    json: options.json === true,
    running,
    given: options,
    accountName: options.account ?? process.env.OMG_ACCOUNT ?? devnetAccount,
    nodeUrl: () => urlOf(options.node ?? process.env.OMG_NODE, running?.nodeUrl, 'node (--node <url>)'),
    ethereumUrl: () =>
      urlOf(
        options.ethereum ?? process.env.OMG_ETHEREUM,
        running?.ethereumUrl,
        'Ethereum endpoint (--ethereum <url>)',
      ),
    watcherUrl: () =>
      urlOf(options.watcher ?? process.env.OMG_WATCHER, running?.watcherUrl, 'watcher (--watcher <url>)'),
    indexerUrl: () => {
      const url = options.indexer ?? process.env.OMG_INDEXER ?? running?.indexerUrl
      return url === undefined ? undefined : checked(url)
    },
  }
}
