/** What a command line says of a node's settings, and what the settings of a prepared folder say. */
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { type Configuration, readTrustedBlock, writeTrustedBlock } from '@omg/node'
import { cliError } from '../error.ts'

/** Options of `omg validator init` and `join`. What is not given is undefined, so that it can be told from what is. */
export interface FolderOptions {
  genesis?: string
  deployment?: string
  settings?: string
  via?: string
  peers?: string
  seeds?: string
  sentries?: string
  sentryOf?: string
  stateSync?: boolean
  servers?: string
  trust?: string
  p2pListen?: string
  rpcListen?: string
  externalAddress?: string
  port?: string
}

/** Where a node listens unless it is told. */
export const LISTEN = { p2pListen: '0.0.0.0:26656', rpcListen: '127.0.0.1:26657', port: '8600' } as const

/** `a, b` as a list. */
export const listOf = (text = ''): string[] =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(Boolean)

interface SharedSettings {
  readonly ethereum?: object
  readonly consensus?: object
}

/** The settings that all nodes of a network share. Errors (thrown): `request.argument`. */
export function sharedSettings(file: string | undefined): SharedSettings {
  if (file === undefined) return {}
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found
  } catch (cause) {
    throw cliError('request.argument', `${file} cannot be read as JSON`, cause)
  }
  throw cliError('request.argument', `${file} has no settings: {"fees": ..}`)
}

/** What is given and is not what the settings of a folder say, in words. */
export function differences(
  { port, ethereum, consensus }: Configuration,
  options: FolderOptions,
  ethereumUrl: string | undefined,
): string[] {
  const { p2pListen, rpcListen, externalAddress, peers, seeds, stateSyncServers, stateSyncTrust } = consensus
  const { privatePeers } = consensus
  const texts: [flag: string, given: string | undefined, now: string | undefined][] = [
    ['--port', options.port, String(port)],
    ['--p2p-listen', options.p2pListen, p2pListen],
    ['--rpc-listen', options.rpcListen, rpcListen],
    ['--external-address', options.externalAddress, externalAddress],
    ['--trust', trustOf(options.trust), stateSyncTrust],
    ['--ethereum', ethereumUrl, ethereum.urls.join()],
  ]
  const lists: [flag: string, given: string | undefined, now: readonly string[]][] = [
    // The node of --via is among them.
    ['--peers', options.peers, peers.filter(peer => options.via === undefined || isIn(options.peers, peer))],
    ['--sentries', options.sentries, peers],
    ['--sentry-of', options.sentryOf, privatePeers],
    ['--seeds', options.seeds, seeds],
    ['--servers', options.servers, stateSyncServers],
  ]
  return [
    ...texts.flatMap(([flag, given, now = 'not set']) =>
      given === undefined || given === now ? [] : [`${flag} is ${now}, not ${given}`],
    ),
    ...lists.flatMap(([flag, given, now]) =>
      given === undefined || isDeepStrictEqual(listOf(given), [...now])
        ? []
        : [`${flag} is ${now.join() || 'empty'}, not ${given}`],
    ),
    ...(options.stateSync && stateSyncServers.length === 0 ? ['--state-sync is not set'] : []),
  ]
}

const isIn = (list: string | undefined, peer: string) => listOf(list).includes(peer)

/** A block to believe as it is written into settings. */
function trustOf(text: string | undefined): string | undefined {
  const block = text === undefined ? undefined : readTrustedBlock(text)
  return block ? writeTrustedBlock(block) : text
}
