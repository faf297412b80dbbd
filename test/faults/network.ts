import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  cpSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { genesisFile, nodeId, nodeSeed, publicKeyOf, validatorOf } from '@omg/node'
import { type Address, consensusChainId, type Hex } from '@omg/protocol'
import { type Deployment, devnetParameters, domainOf, encodeDeployment } from '@omg/rootchain'
import { deployContracts } from '@omg/rootchain/deploy'
import { DEPLOYER, type Ethereum, startAnvil, testAccount, testPrivateKey } from '@omg/rootchain/testing'
import { nodeKeyFile } from '../../packages/node/src/engines/cometbft/keys.ts'
import type { Fault } from './fault.ts'
import { Link } from './link.ts'

const PROGRAM = join(import.meta.dirname, 'validator.ts')
/** Test accounts from here on validate. */
const FIRST_ACCOUNT = 5
const BOND = 100_000n * 10n ** 18n
const PATIENCE_MILLISECONDS = 240_000
const POLL_MILLISECONDS = 100
const QUIET_MILLISECONDS = 2_000

interface Member {
  /** Undefined where it only follows. */
  readonly key: Hex | undefined
  readonly p2p: number
  readonly port: number
  readonly directory: string
  /** Settings of its own. */
  readonly environment: Readonly<Record<string, string>>
  child: ChildProcess | undefined
}

export interface Status {
  height: string
  appHash: string
  undistributedFees: string[]
  engine: { network?: { rpc: string } }
  checkpoints: { closed: string; accepted: string | null }
  mempool: { transactions: number }
  upgrades: { inForce: { transactions: number } }
}

/** What JSON-RPC answers. */
export interface Answer<T> {
  readonly result?: T
  readonly error?: { readonly data: { readonly code: string } }
}

/** Validators as processes of their own over real CometBFT and anvil, with links between them that can be cut. */
export class FaultNetwork {
  readonly ethereum: Ethereum
  readonly deployment: Deployment
  /** Validators; nodes that were added come after them. */
  readonly count: number
  readonly #directory: string
  readonly #members: Member[]
  /** By `i/j`: how `i` reaches `j`. */
  readonly #links: Map<string, Link>
  #settings: Readonly<Record<string, string>> = {}

  private constructor(
    ethereum: Ethereum,
    deployment: Deployment,
    directory: string,
    members: Member[],
    links: Map<string, Link>,
  ) {
    this.ethereum = ethereum
    this.deployment = deployment
    this.#directory = directory
    this.#members = members
    this.count = members.length
    this.#links = links
  }

  static async start(count = 4): Promise<FaultNetwork> {
    const directory = mkdtempSync(join(tmpdir(), 'omg-faults-'))
    const ethereum = await startAnvil({ blockTime: 1 })
    const accounts = Array.from({ length: count }, (_, i) => testAccount(FIRST_ACCOUNT + i))
    const deployment = await deployContracts({
      rpcUrl: ethereum.url,
      account: testAccount(DEPLOYER),
      parameters: devnetParameters({ minFinalizationPeriod: 600 }),
      validators: accounts.map(account => ({ account, signer: account, bond: BOND })),
    })
    writeFileSync(join(directory, 'deployment.json'), encodeDeployment(deployment))
    const keys = accounts.map((_, i) => testPrivateKey(FIRST_ACCOUNT + i))
    const genesis = genesisFile({
      chainId: consensusChainId(domainOf(deployment)),
      time: BigInt(Math.floor(Date.now() / 1000)),
      validators: keys.map(key => validatorOf(publicKeyOf(key), BOND / 10n ** 18n)),
    })
    writeFileSync(join(directory, 'genesis.json'), genesis)
    const ports = await freePorts(2 * count)
    const members = keys.map((key, i): Member => {
      const own = join(directory, `validator${i}`)
      mkdirSync(own)
      const [p2p, port] = [ports[2 * i]!, ports[2 * i + 1]!]
      return { key, p2p, port, directory: own, environment: {}, child: undefined }
    })
    const links = new Map<string, Link>()
    for (const [i] of members.entries()) {
      for (const [j, { p2p }] of members.entries()) if (i < j) links.set(`${i}/${j}`, await Link.to(p2p))
    }
    const network = new FaultNetwork(ethereum, deployment, directory, members, links)
    await Promise.all(members.map((_, i) => network.start(i)))
    return network
  }

  /** The validators. */
  get all(): number[] {
    return Array.from({ length: this.count }, (_, i) => i)
  }

  /** The test account of a validator. */
  accountOf(validator: number): number {
    return FIRST_ACCOUNT + validator
  }

  addressOf(validator: number): Address {
    return testAccount(this.accountOf(validator)).address.toLowerCase() as Address
  }

  directoryOf(i: number): string {
    return this.#members[i]!.directory
  }

  /** How its peers know it. */
  nodeIdOf(i: number): string {
    return nodeId(nodeSeed(this.#members[i]!.key))
  }

  /** Beside its directory, whose disk may be full. */
  #logOf(i: number): string {
    return `${this.directoryOf(i)}.log`
  }

  /** The lines of a member's log that hold a word. */
  logged(i: number, word: string): string[] {
    const text = readFileSync(this.#logOf(i), 'utf8')
    // What follows the last break may be half a line.
    const lines = text.split('\n').slice(0, -1)
    return lines.filter(line => line.includes(word))
  }

  /** Settings of everybody from the next start on, who comes later included. */
  configure(settings: Readonly<Record<string, string>>): void {
    this.#settings = { ...this.#settings, ...settings }
  }

  /** One node more, which only follows, and is connected to all validators. */
  add(environment: Record<string, string>): Promise<number> {
    return this.#join(undefined, environment, () => {})
  }

  /** A second node with the key and all files of a validator that has stopped. Others know it by another name. */
  twin(validator: number): Promise<number> {
    const { key, directory } = this.#members[validator]!
    return this.#join(key, {}, own => {
      cpSync(directory, own, { recursive: true })
      writeFileSync(join(own, 'cometbft', 'config', 'node_key.json'), nodeKeyFile(randomBytes(32)))
    })
  }

  /** Makes a stopped validator believe that it has signed up to a height: what is before it then does not count against its record. */
  raiseRecord(validator: number, height: number): void {
    const record = join(this.directoryOf(validator), 'cometbft', 'data', 'priv_validator_state.json')
    writeFileSync(record, JSON.stringify({ height: String(height), round: 0, step: 0 }))
  }

  /** Copies all files of a validator that has stopped. */
  backUp(validator: number): void {
    const { directory } = this.#members[validator]!
    cpSync(directory, `${directory}.backup`, { recursive: true })
  }

  /** Puts the files of a backup in the place of those that a stopped validator has; its log stands beside them and goes on. */
  restore(validator: number): void {
    const { directory } = this.#members[validator]!
    rmSync(directory, { recursive: true })
    renameSync(`${directory}.backup`, directory)
  }

  url(i: number): string {
    return `http://127.0.0.1:${this.#members[i]!.port}`
  }

  /** Starts a validator on its own directory, with settings for this time, and waits until it answers. */
  async start(i: number, fault?: Fault, settings: Record<string, string> = {}): Promise<void> {
    const member = this.#members[i]!
    const log = createWriteStream(this.#logOf(i), { flags: 'a' })
    const child = spawn(process.execPath, [PROGRAM, ...(fault ? [fault] : [])], {
      env: { ...process.env, ...this.#environment(i), ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: a signal reaches its CometBFT too.
      detached: true,
    })
    child.stdout!.pipe(log)
    child.stderr!.pipe(log)
    member.child = child
    const isToDie = fault?.startsWith('dies-')
    await this.until(async () => {
      if (isToDie && child.signalCode !== null) return true
      if (child.exitCode !== null)
        throw new Error(`validator ${i} ended with ${child.exitCode} (log in ${this.#logOf(i)})`)
      return (await this.status(i)) !== undefined
    }, `validator ${i} answers`)
  }

  /** Ends validators, all at the same moment. SIGKILL is a crash. */
  async kill(validators: readonly number[], signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const children = validators.map(i => this.#members[i]!.child).filter(child => child !== undefined)
    const gone = children.map(child =>
      child.exitCode !== null || child.signalCode !== null
        ? undefined
        : new Promise(resolve => child.once('exit', resolve)),
    )
    for (const child of children) {
      if (signal === 'SIGTERM') child.kill('SIGTERM')
      else signalGroup(child, 'SIGKILL')
    }
    await Promise.all(gone)
    for (const i of validators) this.#members[i]!.child = undefined
  }

  /** Has it ended, whoever ended it? */
  hasEnded(i: number): boolean {
    const { child } = this.#members[i]!
    return child === undefined || child.exitCode !== null || child.signalCode !== null
  }

  /** Freezes validators with their engines, or lets them go on. */
  freeze(validators: readonly number[], isFrozen: boolean): void {
    for (const i of validators) signalGroup(this.#members[i]!.child!, isFrozen ? 'SIGSTOP' : 'SIGCONT')
  }

  /** Cuts every link between one side and all others. */
  part(side: readonly number[]): void {
    for (const [name, link] of this.#links) {
      const [i, j] = name.split('/').map(Number) as [number, number]
      if (side.includes(i) !== side.includes(j)) link.cut()
    }
  }

  heal(): void {
    for (const link of this.#links.values()) {
      link.heal()
      link.slow(0)
    }
  }

  /** What a validator sends and receives takes so long, in milliseconds. */
  slow(validator: number, milliseconds: number): void {
    for (const [name, link] of this.#links) {
      if (name.split('/').map(Number).includes(validator)) link.slow(milliseconds)
    }
  }

  /** Undefined where it does not answer, or refuses. */
  async call<T>(i: number, method: string, params: unknown): Promise<T | undefined> {
    return (await this.ask<T>(i, method, params))?.result
  }

  /** Undefined where it does not answer. */
  async ask<T>(i: number, method: string, params: unknown): Promise<Answer<T> | undefined> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(5_000)
    const response = await fetch(this.url(i), { method: 'POST', headers, body, signal }).catch(
      () => undefined,
    )
    return (await response?.json().catch(() => undefined)) as Answer<T> | undefined
  }

  /** Asks until it answers. */
  async answer<T>(i: number, method: string, params: unknown): Promise<Answer<T>> {
    let answer: Answer<T> | undefined
    await this.until(async () => {
      answer = await this.ask<T>(i, method, params)
      return answer !== undefined
    }, `node ${i} answers ${method}`)
    return answer!
  }

  status(i: number): Promise<Status | undefined> {
    return this.call<Status>(i, 'omg_status', {})
  }

  async height(i: number): Promise<number> {
    return Number((await this.status(i))?.height ?? -1)
  }

  /** Nobody decides anything for a while. Throws if somebody does. */
  async standsStill(witness: number): Promise<void> {
    // What was on its way may still arrive.
    await pause(QUIET_MILLISECONDS)
    const before = await this.height(witness)
    await pause(2 * QUIET_MILLISECONDS)
    const after = await this.height(witness)
    if (after !== before)
      throw new Error(`the chain went on from ${before} to ${after} without more than 2/3`)
  }

  async until(condition: () => Promise<boolean>, what: string): Promise<void> {
    const end = Date.now() + PATIENCE_MILLISECONDS
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`never happened: ${what} (logs in ${this.#directory})`)
      await pause(POLL_MILLISECONDS)
    }
  }

  /** Ends everything. Directories of a network that failed are kept. */
  async stop({ keep = false } = {}): Promise<void> {
    await this.kill(this.#members.map((_, i) => i))
    for (const link of this.#links.values()) await link.close()
    await this.ethereum.stop()
    if (!keep) rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 })
  }

  async #join(
    key: Hex | undefined,
    environment: Record<string, string>,
    prepare: (directory: string) => void,
  ): Promise<number> {
    const [p2p, port] = (await freePorts(2)) as [number, number]
    const i = this.#members.length
    const directory = join(this.#directory, `node${i}`)
    mkdirSync(directory)
    prepare(directory)
    this.#members.push({ key, p2p, port, directory, environment, child: undefined })
    await this.start(i)
    return i
  }

  /** Validators reach each other by links, whoever was added reaches them without. */
  #peersOf(i: number): string[] {
    return this.all.flatMap(j => {
      const port = i < this.count ? this.#links.get(`${i}/${j}`)?.port : this.#members[j]!.p2p
      return port === undefined ? [] : [`${this.nodeIdOf(j)}@127.0.0.1:${port}`]
    })
  }

  #environment(i: number): Record<string, string> {
    const { key, p2p, port, directory, environment } = this.#members[i]!
    return {
      OMG_DATA_DIRECTORY: directory,
      OMG_DEPLOYMENT: join(this.#directory, 'deployment.json'),
      OMG_PORT: String(port),
      OMG_WORKERS: '0',
      OMG_ETHEREUM_URLS: this.ethereum.url,
      OMG_ETHEREUM_FINALITY_DEPTH: '1',
      ...(key && { OMG_VALIDATOR_KEY: key }),
      OMG_CHECKPOINT_INTERVAL_SECONDS: '2',
      OMG_CHECKPOINT_MINIMUM_SECONDS: '1',
      OMG_CHECKPOINT_TAKEOVER_SECONDS: '3',
      OMG_CONSENSUS_ENGINE: 'cometbft',
      OMG_CONSENSUS_GENESIS: join(this.#directory, 'genesis.json'),
      OMG_CONSENSUS_P2P_LISTEN: `127.0.0.1:${p2p}`,
      // Nobody finds a way around the links: what peers tell each other leads nowhere.
      OMG_CONSENSUS_EXTERNAL_ADDRESS: '127.0.0.1:1',
      OMG_CONSENSUS_RPC_LISTEN: '127.0.0.1:0',
      OMG_CONSENSUS_PEERS: this.#peersOf(i).join(','),
      OMG_CONSENSUS_TIMEOUT_COMMIT_MILLISECONDS: '200',
      OMG_CONSENSUS_TIMEOUT_PROPOSE_MILLISECONDS: '2000',
      ...this.#settings,
      ...environment,
    }
  }
}

function signalGroup(child: ChildProcess, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(-child.pid!, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Ports that are free now; the validators listen on them a moment later. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    ports.push((server.address() as { port: number }).port)
  }
  for (const server of servers) await new Promise(resolve => server.close(resolve))
  return ports
}
