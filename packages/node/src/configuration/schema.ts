import { DEFAULT_EXCHANGE, MAX_MULTIPLE } from '@omg/ledger'
import { z } from 'zod'
import { readTrustedBlock } from '../engines/cometbft/state-sync.ts'
import { FIRST_PARAMETERS, MAX_UPGRADES, type Upgrade } from '../upgrades.ts'

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`), `must be 0x and ${2 * bytes} hexadecimal digits`)
    .transform(text => text.toLowerCase() as `0x${string}`)
/** An integer from JSON, a flag or the environment. */
const integer = (minimum: number, maximum: number) => z.coerce.number().int().min(minimum).max(maximum)
const u64 = z
  .union([z.bigint(), z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative()])
  .transform(BigInt)
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform(text => text === 'true')])
const list = z.union([
  z.array(z.string()),
  z.string().transform(text => text.split(',').map(part => part.trim())),
])

/** `host:port` to listen on. */
const listen = z
  .string()
  .regex(/^.+:\d{1,5}$/, 'must be host:port')
  .refine(text => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'must have a port up to 65535')
/** `<node id>@host:port` of CometBFT nodes. */
const addresses = list.refine(
  given => given.every(address => address === '' || /^[0-9a-f]{40}@.+:\d{1,5}$/.test(address)),
  'must be node ids with addresses, such as 0123..ef@host:26656',
)

/** What CometBFT calls nodes. */
const nodeIds = list.refine(
  given => given.every(id => id === '' || /^[0-9a-f]{40}$/.test(id)),
  'must be node ids of 40 hexadecimal digits, without addresses',
)

const urls = list.refine(
  given => given.every(url => URL.canParse(url)),
  'must be URLs, such as http://host:26657',
)

/** Fees of one lane in lane units, and the dust limit in token units. What is left out follows from the unit. */
const laneFees = z.strictObject({
  lane: integer(0, 3),
  payment: u64.optional(),
  item: u64.optional(),
  dust: u64.optional(),
})

/** Limits of blocks from a height on, in ascending order of height. */
const upgrades = z
  .array(
    z.strictObject({
      height: u64.refine(
        height => height > 1n && height < 2n ** 63n,
        'must be a height after the first block',
      ),
      parameters: z.strictObject({
        transactions: integer(1, FIRST_PARAMETERS.transactions).optional(),
        bytes: integer(65_536, FIRST_PARAMETERS.bytes).optional(),
        deposits: integer(1, FIRST_PARAMETERS.deposits).optional(),
      }),
    }),
  )
  .max(MAX_UPGRADES)
  .refine(isAscending, 'must be in ascending order of height')

function isAscending(list: readonly Upgrade[]): boolean {
  return list.every(({ height }, i) => i === 0 || height > list[i - 1]!.height)
}

/** Every setting of the node. The only list there is: flags, environment and file are derived from it. */
export const configurationSchema = z.strictObject({
  dataDirectory: z.string().min(1).default('data/node').describe('Where blocks and tables are kept'),
  deployment: z
    .string()
    .min(1)
    .default('deployment.json')
    .describe('The record of the deployed contracts (JSON)'),
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  port: integer(0, 65_535)
    .default(8600)
    .describe('Port of RPC, bundles, health and metrics; 0 = any free one'),
  mode: z
    .enum(['archive', 'pruned'])
    .default('archive')
    .describe('pruned drops old blocks, never an exit proof'),
  retainCheckpoints: integer(1, 1_000_000)
    .default(100)
    .describe('Pruned mode: committed checkpoints kept whole'),
  workers: integer(0, 64).default(2).describe('Threads of the map stage; 0 = the main thread'),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ethereum: z
    .strictObject({
      urls: list
        .default(['http://127.0.0.1:8545'])
        .describe('Ethereum endpoints; more than one are checked against each other'),
      finalityDepth: integer(0, 1_000).default(12).describe('Blocks until an Ethereum block counts as final'),
      pollMilliseconds: integer(10, 60_000).default(500),
    })
    .prefault({}),
  consensus: z
    .strictObject({
      engine: z
        .enum(['solo', 'cometbft'])
        .default('solo')
        .describe('solo: one validator, in process; cometbft: any number of validators, needs Go once'),
      program: z.string().optional().describe('The CometBFT program; default: the one that the set-up built'),
      genesis: z
        .string()
        .optional()
        .describe('File or URL of the genesis of the network; not needed where this validator is alone'),
      p2pListen: listen.default('127.0.0.1:26656').describe('Where other nodes reach CometBFT; port 0 = any'),
      rpcListen: listen.default('127.0.0.1:26657').describe("CometBFT's own RPC; keep it from the public"),
      externalAddress: listen.optional().describe('What other nodes dial, where it is not p2pListen'),
      peers: addresses.default([]).describe('Nodes to stay connected with: id@host:port'),
      seeds: addresses.default([]).describe('Nodes to learn other nodes from: id@host:port'),
      privatePeers: nodeIds
        .default([])
        .describe(
          'Ids of nodes that this one tells nobody of, and always lets in: the validators behind a sentry',
        ),
      exchangePeers: flag
        .default(true)
        .describe(
          'Learn nodes from others, and tell them those that are known; false: only peers, for a validator behind sentries',
        ),
      privateAddresses: flag
        .optional()
        .describe(
          'Know nodes in private networks, and several at one address; default: only where p2pListen, or all peers and seeds, are loopback or private',
        ),
      stateSyncServers: urls
        .default([])
        .describe(
          "Nodes by whose snapshot a fresh node begins, instead of all blocks: URLs of CometBFT's RPC",
        ),
      stateSyncTrust: z
        .string()
        .refine(text => readTrustedBlock(text) !== undefined, 'must be height:hash of a block')
        .optional()
        .describe('The block that it believes, as height:hash; needed with stateSyncServers'),
      timeoutCommitMilliseconds: integer(1, 60_000)
        .default(1_000)
        .describe('CometBFT: pause between blocks while there is work'),
      upgrades: upgrades
        .default([])
        .describe(
          'Upgrades of what a block may hold, the same for all nodes: [{"height": "9000", "parameters": {"bytes": 8388608}}]',
        ),
      timeoutProposeMilliseconds: integer(100, 60_000)
        .default(3_000)
        .describe('CometBFT: wait for a proposer this long, then for the next one'),
    })
    .refine(
      given => given.stateSyncServers.length > 0 === (given.stateSyncTrust !== undefined),
      'stateSyncServers and stateSyncTrust are given together',
    )
    .prefault({}),
  block: z
    .strictObject({
      intervalMilliseconds: integer(0, 60_000)
        .default(250)
        .describe('solo: pause between blocks while there is work'),
      emptyMilliseconds: integer(0, 3_600_000).default(0).describe('Empty blocks after this time; 0 = never'),
      transactions: integer(1, 1_000_000).default(20_000),
      bytes: integer(1_024, 60 * 1024 * 1024).default(32 * 1024 * 1024),
    })
    .prefault({}),
  checkpoint: z
    .strictObject({
      intervalSeconds: integer(0, 86_400)
        .default(60)
        .describe('A checkpoint with content closes after this time'),
      minimumSeconds: integer(0, 86_400)
        .default(10)
        .describe('Even for a waiting deposit not before this time'),
      transactions: integer(1, 16_000_000).default(1_000_000),
      submit: flag.default(true).describe('Submit checkpoints to Ethereum'),
      takeoverSeconds: integer(0, 3_600)
        .default(30)
        .describe('How long a validator waits for each one before it in the order in which they submit'),
      dataMode: z
        .enum(['plasma', 'blob'])
        .default('plasma')
        .describe(
          'blob publishes the transactions of checkpoints on Ethereum, so that fresh orders trade at once',
        ),
      blobArchive: z
        .string()
        .min(1)
        .optional()
        .describe('Folder that keeps the blobs of submitted checkpoints, for when Ethereum has dropped them'),
      blobFeeGwei: integer(1, 1_000)
        .default(100)
        .describe('Gwei per blob gas above which checkpoints come without blobs, until it falls'),
    })
    .prefault({}),
  validator: z
    .strictObject({
      key: hex(32).optional().describe('Private key that signs checkpoints (secret)'),
      signer: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Socket of a signer that keeps the key in a process of its own (omg validator sign), instead of validator.key',
        ),
      address: hex(20).optional().describe('Whose key that signer has'),
      submitterKey: hex(32)
        .optional()
        .describe('Private key that pays for submissions (secret); default: validator.key'),
    })
    .refine(({ key, signer }) => !key || !signer, 'either key or signer')
    .refine(({ signer, address }) => !signer === !address, 'signer and address belong together')
    .prefault({}),
  fees: z
    .strictObject({
      lanes: z.array(laneFees).max(4).default([]).describe('Overrides of the fee schedule per lane'),
      recipients: z
        .array(z.strictObject({ owner: hex(20), weight: u64 }))
        .max(4)
        .default([])
        .describe('Who receives the fees; default: the contract Rewards, for the stakers'),
      targetBytes: integer(1, 0xffff_ffff)
        .default(4 * 1024 * 1024)
        .describe('Bytes of transactions in a block above which fees rise, and below which they fall'),
      maxMultiple: integer(1, MAX_MULTIPLE)
        .default(8)
        .describe('Congestion makes nothing dearer than so many times what the stakers vote'),
    })
    .prefault({}),
  exchange: z
    .strictObject({
      makerBps: integer(0, 10_000)
        .default(DEFAULT_EXCHANGE.makerBps)
        .describe('Trading fee of orders that stood through an earlier batch, in hundredths of a percent'),
      takerBps: integer(0, 10_000)
        .default(DEFAULT_EXCHANGE.takerBps)
        .describe('Trading fee of orders in their first batch, in hundredths of a percent'),
      steps: integer(0, 0xffff_ffff)
        .default(DEFAULT_EXCHANGE.moveBudget.steps)
        .describe('Steps of instructions that an owner has in a block for placing and amending'),
      unitsPerStep: u64
        .default(DEFAULT_EXCHANGE.moveBudget.unitsPerStep)
        .describe('Lane units of live orders that allow one step more'),
      cancels: integer(0, 0xffff_ffff)
        .default(DEFAULT_EXCHANGE.moveBudget.cancels)
        .describe('Steps that take orders back, for an owner in a block'),
    })
    .prefault({}),
  mempool: z
    .strictObject({
      transactions: integer(1, 10_000_000).default(200_000),
      bytes: integer(65_536, 4 * 1024 ** 3).default(256 * 1024 * 1024),
      perOwner: integer(1, 10_000_000).default(10_000),
      ancestors: integer(1, 1_000).default(25),
    })
    .prefault({}),
})

export type Configuration = z.output<typeof configurationSchema>
export type ConfigurationInput = z.input<typeof configurationSchema>
