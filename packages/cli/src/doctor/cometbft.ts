/** What `omg doctor` says of CometBFT: the program, the folders in which it runs on this machine, and how its network stands. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { findCometBft, readGenesis } from '@omg/node'
import type { Finding } from './finding.ts'

/** What CometBFT v0.40.0 says of itself: its own version string was not raised. Nodes of other protocols do not understand each other. */
export const COMETBFT = { cometbft: '0.39.0', abci: '2.0.0', block_protocol: 11, p2p_protocol: 8 } as const
/** Who reads or writes these files can vote as this validator. */
const SECRETS = [
  ['config', 'priv_validator_key.json'],
  ['config', 'node_key.json'],
  ['data', 'priv_validator_state.json'],
  ['..', 'signed-checkpoints'],
] as const
const OTHERS_MAY = 0o077
/** A vote further ahead of our clock than this is refused (docs/validators.md). */
const MOST_SKEW_SECONDS = 15
/** A node this many blocks behind its peers is catching up. */
const BLOCKS_BEHIND = 3n
/** Between two looks at the height, in milliseconds. */
const LOOK_MILLISECONDS = 2_000
const ANSWER_MILLISECONDS = 10_000
const HELD_MILLISECONDS = 1_500

export async function cometBft(advice: string): Promise<Finding> {
  const check = 'CometBFT'
  const path = await findCometBft()
  if (path === undefined)
    return { check, state: 'limited', found: 'not built; one validator runs without it', action: advice }
  return programFinding(path, spawnSync(path, ['version', '--verbose'], { encoding: 'utf8' }).stdout ?? '')
}

/** Whether a program is the one that this version was made for. */
export function programFinding(path: string, printed: string): Finding {
  const check = 'CometBFT'
  let says: Record<string, unknown>
  try {
    says = JSON.parse(printed)
  } catch {
    return { check, state: 'bad', found: `${path} does not tell its version`, action: 'omg doctor --install' }
  }
  const others = Object.entries(COMETBFT).filter(([name, value]) => says[name] !== value)
  if (others.length === 0) return { check, state: 'good', found: `v0.40.0 at ${path}` }
  const found = others.map(([name, value]) => `${name} ${says[name]} instead of ${value}`).join(', ')
  return { check, state: 'bad', found, action: 'omg doctor --install, or name v0.40.0 in consensus.program' }
}

/** The folders of CometBFT in a data folder: of a devnet's nodes, of a node that joined, or the one of a node itself. */
export function homesIn(folder: string): { name: string; home: string }[] {
  const found: { name: string; home: string }[] = []
  const look = (name: string, directory: string) => {
    const home = join(directory, 'cometbft')
    if (existsSync(join(home, 'config', 'config.toml'))) found.push({ name, home })
  }
  look('node', folder)
  const names = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []
  for (const { name } of names
    .filter(entry => entry.isDirectory())
    .sort((a, b) => (a.name < b.name ? -1 : 1)))
    look(name, join(folder, name))
  return found
}

/** What a folder of CometBFT tells, without asking it. */
export function homeFindings(name: string, home: string): Finding[] {
  const check = `${name}: folder`
  const broken = brokenFile(home)
  const files: Finding = broken
    ? { check, state: 'bad', found: broken, action: 'restore it, or join anew into an empty folder' }
    : { check, state: 'good', found: home }
  const open = SECRETS.map(parts => join(home, ...parts))
    .filter(existsSync)
    .filter(path => (statSync(path).mode & OTHERS_MAY) !== 0)
  const keys: Finding =
    open.length === 0
      ? { check: `${name}: keys`, state: 'good', found: 'only their user reads them' }
      : {
          check: `${name}: keys`,
          state: 'bad',
          found: `other users may read or write ${open.join(', ')}`,
          action: `chmod 600 ${open.join(' ')}`,
        }
  return [files, keys]
}

/** The first file that is missing or makes no sense. */
function brokenFile(home: string): string | undefined {
  const read = (...parts: string[]) => {
    const path = join(home, ...parts)
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    } catch {
      return undefined
    }
  }
  const genesis = join(home, 'config', 'genesis.json')
  if (!existsSync(genesis) || !readGenesis(readFileSync(genesis, 'utf8'))) return `${genesis} is no genesis`
  if (!read('config', 'node_key.json')?.priv_key) return 'config/node_key.json has no key'
  if (!read('config', 'priv_validator_key.json')?.priv_key) return 'config/priv_validator_key.json has no key'
  const state = read('data', 'priv_validator_state.json')
  if (!state || !/^\d+$/.test(String(state.height)))
    return 'data/priv_validator_state.json does not say what was signed: never start a validator without it'
  return undefined
}

/** What is asked of a running CometBFT: its answers at two moments. */
export interface Look {
  readonly peers: number
  readonly height: bigint
  /** The highest block that a peer works on, less one; undefined without peers. */
  readonly peersHeight: bigint | undefined
  /** The round of the block that is being decided. */
  readonly round: number
  /** Seconds since 1970. */
  readonly blockTime: number
  readonly now: number
}

/** How its network stands; one finding where it does not answer. */
export async function networkFindings(
  name: string,
  home: string,
  pause = LOOK_MILLISECONDS,
): Promise<Finding[]> {
  const rpc = /^\[rpc\]\s+laddr = "tcp:\/\/([^"]+)"/m.exec(
    readFileSync(join(home, 'config', 'config.toml'), 'utf8'),
  )
  const first = rpc ? await lookAt(rpc[1]!) : undefined
  if (!first)
    return [
      {
        check: `${name}: network`,
        state: 'limited',
        found: 'CometBFT does not run',
        action: 'start the node',
      },
    ]
  await new Promise(resolve => setTimeout(resolve, pause))
  const second = (await lookAt(rpc![1]!)) ?? first
  return [peerFinding(name, second), heightFinding(name, first, second), clockFinding(name, first, second)]
}

export function peerFinding(name: string, { peers }: Look): Finding {
  const check = `${name}: peers`
  return peers > 0
    ? { check, state: 'good', found: String(peers) }
    : {
        check,
        state: 'limited',
        found: 'none',
        action: 'check consensus.peers, consensus.seeds and the firewall',
      }
}

/** An idle chain stands still and is well; one that counts rounds, or is behind its peers, is not. */
export function heightFinding(name: string, first: Look, second: Look): Finding {
  const check = `${name}: height`
  const { height, peersHeight, round } = second
  if (peersHeight !== undefined && peersHeight > height + BLOCKS_BEHIND)
    return { check, state: 'limited', found: `${height}, catching up with ${peersHeight}`, action: 'wait' }
  if (height > first.height)
    return { check, state: 'good', found: `${height}, ${height - first.height} more in the meantime` }
  if (round > 0 && first.round > 0)
    return {
      check,
      state: 'bad',
      found: `${height}, and round ${round} of the next one: too few vote`,
      action: 'see which validators are up: omg status, omg validators',
    }
  return { check, state: 'good', found: `${height}, waits for work` }
}

/** A block from the future, or one that was just made and is old: our clock differs from that of the others. */
export function clockFinding(name: string, first: Look, second: Look): Finding {
  const check = `${name}: clock`
  const ahead = second.blockTime - second.now
  const action = 'synchronise the clock (NTP): proposals more than 15 s ahead of ours are refused'
  if (ahead > MOST_SKEW_SECONDS)
    return { check, state: 'bad', found: `${Math.round(ahead)} s behind the newest block`, action }
  // The first block after a pause has the time of before it; that of the next one was voted on while we looked.
  const isFresh = second.height >= first.height + 2n
  const late = first.now - second.blockTime
  if (isFresh && late > MOST_SKEW_SECONDS)
    return { check, state: 'bad', found: `${Math.round(late)} s ahead of the newest block`, action }
  return {
    check,
    state: 'good',
    found: isFresh ? 'agrees with the newest block' : 'not behind the newest block',
  }
}

async function lookAt(rpc: string): Promise<Look | undefined> {
  try {
    const [status, network, consensus] = await Promise.all([
      ask<{ sync_info: { latest_block_height: string; latest_block_time: string } }>(rpc, 'status'),
      ask<{ n_peers: string }>(rpc, 'net_info'),
      // While the application holds the chain because there is no work, CometBFT holds this answer with it.
      ask<Consensus>(rpc, 'dump_consensus_state', HELD_MILLISECONDS).catch(() => undefined),
    ])
    const heights = (consensus?.peers ?? []).map(
      ({ peer_state }) => BigInt(peer_state.round_state.height) - 1n,
    )
    return {
      peers: Number(network.n_peers),
      height: BigInt(status.sync_info.latest_block_height),
      peersHeight: heights.reduce<bigint | undefined>(
        (most, each) => (most === undefined || each > most ? each : most),
        undefined,
      ),
      round: consensus?.round_state.round ?? 0,
      blockTime: Date.parse(status.sync_info.latest_block_time) / 1000,
      now: Date.now() / 1000,
    }
  } catch {
    return undefined
  }
}

interface Consensus {
  round_state: { round: number }
  peers: { peer_state: { round_state: { height: string } } }[] | null
}

async function ask<T>(rpc: string, path: string, milliseconds = ANSWER_MILLISECONDS): Promise<T> {
  const response = await fetch(`http://${rpc}/${path}`, { signal: AbortSignal.timeout(milliseconds) })
  return ((await response.json()) as { result: T }).result
}
