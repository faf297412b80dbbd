import { type Deployment, eventAbis } from '@omg/rootchain'
import {
  type Address,
  createPublicClient,
  decodeEventLog,
  type Hex,
  http,
  type Log,
  type PublicClient,
} from 'viem'
import type { StoredOrigin } from '../store/facts.ts'
import type { RootChainEvent } from './records.ts'

const REQUEST_TIMEOUT_MILLISECONDS = 10_000
/** Blocks of other providers that are asked for again when they were behind. */
const MAX_PENDING_BLOCKS = 10_000n

type ExitContract = 'standardExits' | 'inFlightExits' | 'exitQueue'
type ExitLog = Log<bigint, number, false>

/** A log that one provider shows and the first does not. */
export interface Omission {
  readonly url: string
  readonly transactionHash: Hex
  /** The event, if the first provider itself confirms its transaction: then it left the log out. */
  readonly event: Extract<RootChainEvent, { kind: 'contract' }> | undefined
}

/**
 * Asks the other providers for the exits of the blocks that the first one served. The contracts count deposits and
 * checkpoints, so their omission shows by itself; an exit that is left out would be paid unseen.
 */
export class Crosscheck {
  readonly #first: PublicClient
  readonly #others: { url: string; client: PublicClient; checkedTo: bigint }[]
  readonly #contracts: ReadonlyMap<string, ExitContract>

  constructor(urls: readonly string[], deployment: Deployment, from: bigint) {
    const connect = (url: string) =>
      createPublicClient({ transport: http(url, { retryCount: 0, timeout: REQUEST_TIMEOUT_MILLISECONDS }) })
    const [first, ...others] = urls
    this.#first = connect(first!)
    this.#others = others.map(url => ({ url, client: connect(url), checkedTo: from }))
    const names = ['standardExits', 'inFlightExits', 'exitQueue'] as const
    this.#contracts = new Map(names.map(name => [deployment[name].toLowerCase(), name]))
  }

  /**
   * Compares everything up to `to` that was not compared yet. Providers that do not answer are asked again next time.
   * `seen` holds `blockHash:logIndex` of every exit event read from the first provider.
   */
  async check(to: StoredOrigin, seen: (key: string) => boolean): Promise<Omission[]> {
    const omissions: Omission[] = []
    for (const other of this.#others) {
      const from = other.checkedTo + 1n
      if (from > to.number) continue
      const oldest = to.number - MAX_PENDING_BLOCKS
      try {
        // A provider that is behind would answer with too few logs, and be taken for one that agrees.
        if ((await other.client.getBlock({ blockNumber: to.number })).hash !== to.hash) continue
        const logs = await other.client.getLogs({
          address: [...this.#contracts.keys()] as Address[],
          fromBlock: from > oldest ? from : oldest,
          toBlock: to.number,
        })
        for (const log of logs) if (!seen(keyOfLog(log))) omissions.push(await this.#judge(other.url, log))
        other.checkedTo = to.number
      } catch {
        // The reader asks for the health of every provider; here only agreement is judged.
      }
    }
    return omissions
  }

  /** A19: compares again from an ancestor on. */
  rollBack(ancestor: bigint): void {
    for (const other of this.#others) if (other.checkedTo > ancestor) other.checkedTo = ancestor
  }

  async #judge(url: string, log: ExitLog): Promise<Omission> {
    const { transactionHash } = log
    const receipt = await this.#first.getTransactionReceipt({ hash: transactionHash }).catch(() => undefined)
    const confirmed = receipt?.logs.find(other => keyOfLog(other as ExitLog) === keyOfLog(log))
    if (confirmed === undefined) return { url, transactionHash, event: undefined }
    const block = await this.#first.getBlock({ blockHash: confirmed.blockHash! })
    const contract = this.#contracts.get(log.address.toLowerCase())!
    const { topics, data } = confirmed
    const { eventName, args } = decodeEventLog({
      abi: eventAbis[contract] as never,
      topics,
      data,
    }) as unknown as {
      eventName: string
      args: unknown
    }
    return { url, transactionHash, event: { kind: 'contract', eventName, args, block, transactionHash } }
  }
}

export function keyOfLog({ blockHash, logIndex }: { blockHash: Hex; logIndex: number }): string {
  return `${blockHash}:${logIndex}`
}
