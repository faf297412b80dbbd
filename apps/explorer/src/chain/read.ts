import { type Address, decodeHeader, fromHex, type Hash, headerHash } from '@omg/protocol'
import { Fields, OUTPUT_STATES, TRANSACTION_STATES } from '@omg/sdk'

/** What the explorer asks a node for. Each answer is read field by field: what is not as promised is an error. */
export interface Node {
  request(method: string, params: object): Promise<unknown>
}

export class UnreadableAnswer extends Error {}

export async function readStatus(node: Node) {
  const fields = new Fields(await node.request('omg_status', {}), 'status')
  const checkpoints = fields.object('checkpoints')
  return {
    height: fields.integer('height'),
    transactions: fields.integer('transactions'),
    unspentOutputs: fields.count('unspentOutputs'),
    pending: fields.object('mempool').count('transactions'),
    closed: checkpoints.integer('closed'),
    accepted: checkpoints.has('accepted') ? checkpoints.integer('accepted') : undefined,
    ethereum: fields.object('ethereum').has('head') ? fields.object('ethereum').integer('head') : undefined,
    alarms: fields.list('alarms', value => {
      const alarm = new Fields(value, 'alarm')
      return { code: alarm.text('code'), message: alarm.text('message'), action: alarm.text('action') }
    }),
  }
}

export interface Token {
  readonly address: Address
  readonly symbol: string
  readonly decimals: number
}

/** Most decimals of a token that can be shown: what ERC-20 allows. */
const MAX_DECIMALS = 255

export async function readParameters(node: Node) {
  const fields = new Fields(await node.request('omg_getParameters', {}), 'parameters')
  const tokens = fields.list('feeTokens', value => tokenOf(new Fields(value, 'token')))
  const deployment = new Fields(fields.raw('deployment'), 'deployment')
  if (deployment.has('testTokens')) {
    const listed = deployment.object('testTokens')
    if (listed.has('assets')) {
      tokens.push(...listed.list('assets', value => tokenOf(new Fields(value, 'asset'))))
    }
  }
  const validators = fields.list('validators', value => {
    const validator = new Fields(value, 'validator')
    return { address: validator.address('address'), power: validator.integer('power') }
  })
  return { tokens, validators, chainId: fields.object('domain').integer('chainId') }
}

function tokenOf(fields: Fields): Token {
  const decimals = fields.count('decimals')
  if (decimals > MAX_DECIMALS) throw new UnreadableAnswer(`a token with ${decimals} decimals`)
  return { address: fields.address('token'), symbol: fields.text('symbol'), decimals }
}

export async function readBlock(node: Node, height: bigint) {
  const fields = new Fields(await node.request('omg_getBlock', { height: String(height) }), 'block')
  return {
    height: fields.integer('height'),
    time: fields.integer('time'),
    appHash: fields.hash('appHash'),
    previousAppHash: fields.hash('previousAppHash'),
    checkpoint: fields.integer('checkpoint'),
    closes: fields.flag('closes'),
    origin: fields.integer('origin'),
    originHash: fields.hash('originHash'),
    transactions: fields.list('transactions', value => new Fields({ value }, 'hash').hash('value')),
    deposits: fields.list('deposits', value => new Fields({ value }, 'deposit').integer('value')),
  }
}

export interface BlockHead {
  readonly height: bigint
  readonly time: bigint
  readonly checkpoint: bigint
  readonly transactions: number
  readonly deposits: number
  readonly closes: boolean
}

/** An event of the channel `blocks`; undefined for a block that the node has pruned. */
export function blockHeadFrom(event: unknown): BlockHead | undefined {
  const fields = new Fields(event, 'block')
  if (fields.raw('pruned') === true) return undefined
  return {
    height: fields.integer('height'),
    time: fields.integer('time'),
    checkpoint: fields.integer('checkpoint'),
    transactions: fields.count('transactions'),
    deposits: fields.count('deposits'),
    closes: fields.flag('closes'),
  }
}

/** A closed checkpoint; its header is decoded from its bytes, and its hash computed here, not believed. */
export async function readCheckpoint(node: Node, number: bigint | 'latest') {
  const given = await node.request('omg_getCheckpoint', { number: String(number) })
  const fields = new Fields(given, 'checkpoint')
  const header = decodeHeader(fromHex(fields.hex('header')))
  if (!header.ok) throw header.error
  const hash = fields.hash('headerHash')
  if (headerHash(header.value) !== hash)
    throw new UnreadableAnswer('the header does not have the hash that the node names')
  return {
    header: header.value,
    hash,
    signers: fields.list('signatures', value => new Fields(value, 'signature').address('validator')),
    committed: fields.oneOf('status', ['closed', 'committed'] as const) === 'committed',
    acceptedBlock: fields.has('acceptedBlock') ? fields.integer('acceptedBlock') : undefined,
    acceptedTransaction: fields.has('acceptedTransaction') ? fields.hash('acceptedTransaction') : undefined,
    acceptedTime: fields.has('acceptedTime') ? fields.integer('acceptedTime') : undefined,
  }
}

const outputOf = (fields: Fields) => ({
  type: fields.outputType('type'),
  guard: fields.hash('guard'),
  token: fields.address('token'),
  amount: fields.amount('amount'),
})
export type Output = ReturnType<typeof outputOf>

export async function readTransaction(node: Node, hash: Hash) {
  const fields = new Fields(await node.request('omg_getTransaction', { txHash: hash }), 'transaction')
  const described = fields.has('transaction') ? fields.object('transaction') : undefined
  const error = fields.has('error') ? fields.object('error') : undefined
  const isPay = described?.has('memo') ?? false
  return {
    status: fields.oneOf('status', TRANSACTION_STATES),
    height: fields.has('height') ? fields.integer('height') : undefined,
    time: fields.has('time') ? fields.integer('time') : undefined,
    checkpoint: fields.has('checkpoint') ? fields.integer('checkpoint') : undefined,
    kind: described?.text('kind'),
    inputs: described?.list('inputs', value => new Fields({ value }, 'input').hash('value')) ?? [],
    outputs:
      described?.list('outputs', value => {
        const output = new Fields(value, 'output')
        return { id: output.hash('id'), ...outputOf(output) }
      }) ?? [],
    memo: isPay ? described!.hash('memo') : undefined,
    validUntil: described?.has('validUntil') ? described.integer('validUntil') : undefined,
    error: error && { message: error.text('message'), action: error.text('action') },
  }
}

export async function readUnspent(node: Node, id: Hash) {
  const fields = new Fields(await node.request('omg_getOutput', { outputId: id }), 'output')
  return listedFrom(fields)
}

function listedFrom(fields: Fields) {
  return {
    id: fields.hash('id'),
    ...outputOf(fields),
    position: fields.integer('position'),
    height: fields.integer('height'),
    txHash: fields.has('txHash') ? fields.hash('txHash') : undefined,
    status: fields.oneOf('status', OUTPUT_STATES),
    locked: fields.flag('locked'),
  }
}

/** Where an output came from, spent or not: from what Ethereum would need to see to exit it. */
export async function readOrigin(node: Node, id: Hash) {
  const fields = new Fields(await node.request('omg_getExitProof', { outputId: id }), 'output')
  const kind = fields.oneOf('kind', ['deposit', 'transaction'] as const)
  return {
    ...outputOf(fields.object('output')),
    position: fields.integer('position'),
    txHash: kind === 'transaction' ? fields.hash('txHash') : undefined,
    checkpoint: kind === 'transaction' ? fields.integer('checkpoint') : undefined,
  }
}

export async function readSpend(node: Node, id: Hash) {
  const answer = await node.request('omg_getSpend', { outputId: id })
  if (answer === null) return undefined
  const fields = new Fields(answer, 'spend')
  return {
    txHash: fields.hash('txHash'),
    pending: fields.oneOf('status', ['pending', 'included'] as const) === 'pending',
    height: fields.has('height') ? fields.integer('height') : undefined,
  }
}

export async function readOutputs(node: Node, owner: Address, cursor: string | undefined, limit: number) {
  const params = { owner, limit, ...(cursor && { cursor }) }
  const fields = new Fields(await node.request('omg_getOutputs', params), 'page')
  return {
    outputs: fields.list('outputs', value => listedFrom(new Fields(value, 'output'))),
    cursor: fields.has('cursor') ? fields.text('cursor') : undefined,
  }
}

export async function readBalances(node: Node, owner: Address) {
  const fields = new Fields(await node.request('omg_getBalances', { owner }), 'balances')
  return fields.list('balances', value => {
    const balance = new Fields(value, 'balance')
    return {
      token: balance.address('token'),
      amount: balance.integer('amount'),
      outputs: balance.count('outputs'),
      locked: balance.object('locked').integer('amount'),
    }
  })
}

/** An event of the channel of an owner; undefined for a block that the node has pruned. */
export function activityFrom(event: unknown) {
  const fields = new Fields(event, 'activity')
  if (fields.raw('pruned') === true) return undefined
  const received = fields.list('received', value => {
    const output = new Fields(value, 'received output')
    return {
      id: output.hash('id'),
      ...outputOf(output),
      txHash: output.has('txHash') ? output.hash('txHash') : undefined,
    }
  })
  const sent = fields.list('sent', value => new Fields({ value }, 'sent').hash('value'))
  return { height: fields.integer('height'), received, sent }
}
