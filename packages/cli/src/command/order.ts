import { setTimeout as delay } from 'node:timers/promises'
import type { Guard } from '@omg/protocol'
import type { DeadManSwitch, Expiry, Market, OmgClient, OrderRequest, PlacedOrder, Trigger } from '@omg/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Answer, action } from '../action.ts'
import { addressOf, openClient, ownerOf } from '../client.ts'
import { cliError } from '../error.ts'
import { conditionsText, marketNamed, orderText } from '../market/market.ts'
import type { Session } from '../session.ts'
import { idOf } from '../terminal/id.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const EXAMPLES = `
An order is paid from coins (a payment, with its fee), or with --from trading from a trading balance: see omg trading. All orders of a market
in one block trade at one price, which is your price or better.

Examples:
  $ omg order place buy 0.5 ETH/TUSD --price 2000
  $ omg order place sell 0.5 ETH/TUSD --market --slippage 0.5
  $ omg order place sell 1 ETH/TUSD --price 1890 --stop 1900 --from trading
  $ omg order place sell 1 ETH/TUSD --price 2500 --oco 1800:1790 --from trading
  $ omg order list
  $ omg order amend <order> --price 2010
  $ omg order cancel <order>
  $ omg order cancel-all --market ETH/TUSD
  $ omg order deadman --seconds 60`

const INTO = ['coin', 'trading'] as const

export function orderCommand(program: Command): void {
  const order = program
    .command('order')
    .description('place, change and cancel orders')
    .addHelpText('after', EXAMPLES)
  placeCommand(order)
  order
    .command('amend <order>')
    .description('another price or size; a smaller size alone keeps its place')
    .option('--price <price>', 'the new worst price')
    .option('--size <size>', 'the new size')
    .action(action(amend))
  order
    .command('cancel <orders...>')
    .description('take up to 16 orders back')
    .addOption(new Option('--into <place>', 'where it goes; default what its terms say').choices(INTO))
    .action(action(cancel))
  order
    .command('cancel-all')
    .description('take every order back')
    .option('--market <market>', 'of one market')
    .addOption(new Option('--into <place>', 'where it goes; default what their terms say').choices(INTO))
    .action(action(cancelAll))
  order
    .command('deadman')
    .description(
      'cancel every order unless this program keeps running: a dead-man switch, refreshed until you stop it',
    )
    .requiredOption('--seconds <n>', 'how long after the last sign of life', secondsOf)
    .option('--market <market>', 'of one market')
    .addOption(new Option('--into <place>', 'where it goes; default what their terms say').choices(INTO))
    .option('--once', 'arm it and leave: the orders are cancelled after that time')
    .action(action(deadMan))
  order
    .command('list [account]')
    .description('live orders')
    .option('--market <market>', 'of one market')
    .action(action(list))
}

interface PlaceOptions {
  price?: string
  market?: boolean
  slippage: number
  postOnly?: boolean
  ioc?: boolean
  fok?: boolean
  minFill?: string
  stop?: string
  takeProfit?: string
  oco?: string
  expires?: Expiry
  receiver?: string
  label?: string
  from: 'coins' | 'trading'
  fast?: boolean
  until: 'sent' | 'placed' | 'gone'
}

function placeCommand(order: Command): void {
  order
    .command('place <side> <size> <market>')
    .description('place an order; side: buy or sell')
    .option('--price <price>', 'the worst price, in the quote token for one base')
    .option('--market', 'take what the book has, and wait for nothing')
    .option('--slippage <percent>', 'with --market: how much worse than the best price', percentOf, 100)
    .option('--post-only', 'only ever add to the book')
    .option('--ioc', 'trade in the first batch, give the rest back')
    .option('--fok', 'trade all of it in the first batch, or nothing')
    .option('--min-fill <size>', 'the smallest part that may trade')
    .option('--stop <price>', 'sleep until the price goes against you this far')
    .option('--take-profit <price>', 'sleep until the price goes your way this far')
    .option('--oco <price:limit>', 'at the first price move to the second: one cancels the other')
    .option('--expires <when>', 'a block (height:1200) or a time (seconds since 1970)', expiryOf)
    .option('--receiver <account>', 'who gets what it trades')
    .option('--label <text>', 'at most 32 bytes, public')
    .addOption(
      new Option('--from <source>', 'what pays for it').choices(['coins', 'trading']).default('coins'),
    )
    .option('--fast', 'from coins that are not in a checkpoint yet, too')
    .addOption(
      new Option('--until <state>', 'wait until it is this far')
        .choices(['sent', 'placed', 'gone'])
        .default('placed'),
    )
    .action(action(place))
}

async function place(
  session: Session,
  options: PlaceOptions,
  [side = '', size = '', name = '']: string[],
): Promise<Answer> {
  if (side !== 'buy' && side !== 'sell')
    throw cliError('request.argument', `"${side}" is neither buy nor sell`)
  const client = await openClient(session, { key: true })
  const market = await marketNamed(client, name)
  const request = requestOf(session, market, side, size, options)
  const { placed, live } = await withProgress(`placing the order`, async say => {
    const sent = await client.placeOrder({ ...request, finality: options.fast ? 'fast' : 'committed' })
    if (options.until === 'sent') return { placed: sent, live: undefined }
    say(`waiting until the order is ${options.until}`)
    return { placed: sent, live: await client.waitForOrder({ order: sent, until: options.until }) }
  })
  const state =
    options.until === 'sent'
      ? 'sent'
      : live?.order
        ? `placed in block ${live.height}`
        : `gone: placed in block ${live?.height}`
  return {
    json: { ...described(market, placed), status: options.until, height: live?.height },
    text: `${orderText(market, placed)}: ${state}\norder ${placed.guard}`,
  }
}

function requestOf(
  session: Session,
  market: Market,
  side: 'buy' | 'sell',
  size: string,
  options: PlaceOptions,
): OrderRequest {
  const { price, minFill, expires, receiver, label, ioc, fok } = options
  if ((price === undefined) !== (options.market === true)) {
    throw cliError('request.argument', 'an order has either --price or --market')
  }
  const trigger = triggerOf(market, options)
  return {
    ...{ market, side, lots: market.lotsOf(size), from: options.from },
    ...(price === undefined
      ? { type: 'market' as const, slippageBps: options.slippage }
      : { price: market.priceOf(price) }),
    ...(options.postOnly && { postOnly: true }),
    ...(ioc && { timeInForce: 'immediateOrCancel' as const }),
    ...(fok && { timeInForce: 'fillOrKill' as const }),
    ...(minFill !== undefined && { minFill: market.lotsOf(minFill) }),
    ...(trigger && { trigger }),
    ...(expires && { expiry: expires }),
    ...(receiver !== undefined && { receiver: addressOf(session, receiver) }),
    ...(label !== undefined && { clientId: label }),
  }
}

function triggerOf(market: Market, { stop, takeProfit, oco }: PlaceOptions): Trigger | undefined {
  const given = [stop, takeProfit, oco].filter(text => text !== undefined)
  if (given.length > 1)
    throw cliError('request.argument', 'an order has one of --stop, --take-profit and --oco')
  if (stop !== undefined) return { type: 'stop', at: market.priceOf(stop) }
  if (takeProfit !== undefined) return { type: 'takeProfit', at: market.priceOf(takeProfit) }
  if (oco === undefined) return undefined
  const [at = '', limit = ''] = oco.split(':')
  return { type: 'oneCancelsOther', at: market.priceOf(at), limit: market.priceOf(limit) }
}

async function amend(
  session: Session,
  options: { price?: string; size?: string },
  [id]: string[],
): Promise<Answer> {
  const { price, size } = options
  if (price === undefined && size === undefined)
    throw cliError('request.argument', 'an amendment has --price, --size, or both')
  const client = await openClient(session, { key: true })
  const order = await liveOrder(client, idOf<Guard>(id))
  const market = await marketNamed(client, order.market)
  const amended = await withProgress('amending the order', async () => {
    const sent = await client.amendOrder({
      order,
      ...(price !== undefined && { price: market.priceOf(price) }),
      ...(size !== undefined && { lots: market.lotsOf(size) }),
    })
    await client.waitForInstruction(sent.instruction)
    return sent
  })
  const now = await client.getOrder(amended)
  const text = now ? orderText(market, now) : 'traded in the same moment'
  return {
    json: { order: amended.guard, instruction: amended.instruction.hash, live: now },
    text: `${text}\norder ${amended.guard}`,
  }
}

async function cancel(
  session: Session,
  { into }: { into?: (typeof INTO)[number] },
  ids: string[],
): Promise<Answer> {
  const client = await openClient(session, { key: true })
  const guards = ids.map(id => idOf<Guard>(id))
  const { instruction } = await withProgress('cancelling', async () => {
    const steps = guards.map(order => ({ cancel: { order, ...(into && { into }) } }))
    const sent = await client.batch({ steps })
    await client.waitForInstruction(sent.instruction)
    return sent
  })
  return { json: { orders: guards, instruction: instruction.hash }, text: `${guards.length} cancelled` }
}

async function cancelAll(
  session: Session,
  options: { market?: string; into?: (typeof INTO)[number] },
): Promise<Answer> {
  const { market: name, into } = options
  const client = await openClient(session, { key: true })
  const market = name === undefined ? undefined : await marketNamed(client, name)
  const { orders, instructions } = await withProgress('cancelling', async () => {
    const sent = await client.cancelAll({ ...(market && { market }), ...(into && { into }) })
    for (const instruction of sent.instructions) await client.waitForInstruction(instruction)
    return sent
  })
  const guards = orders.map(({ guard }) => guard)
  return {
    json: { orders: guards, instructions: instructions.map(({ hash }) => hash) },
    text: `${guards.length} cancelled`,
  }
}

async function deadMan(
  session: Session,
  options: { seconds: number; market?: string; into?: (typeof INTO)[number]; once?: boolean },
): Promise<Answer> {
  const { seconds, market: name, into } = options
  const client = await openClient(session, { key: true })
  const market = name === undefined ? undefined : await marketNamed(client, name)
  const wanted = { seconds, ...(market && { market }), ...(into && { into }) }
  let armed = await client.cancelAllAfter(wanted)
  if (options.once) return deadManAnswer(armed, `cancelled in ${seconds} s`)
  const stopped = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.resolve())
  const disarmed = await withProgress(`holding back; ctrl-c disarms`, async say => {
    let isOver = false
    void stopped.promise.then(() => {
      isOver = true
    })
    while (!isOver) {
      say(`${armed.instructions.size} orders are cancelled ${seconds} s after the last sign of life`)
      await Promise.race([delay((1_000 * seconds) / 3), stopped.promise])
      // A node that is away is asked again in time: that is what the switch is for.
      if (!isOver) armed = await client.cancelAllAfter({ ...wanted, refresh: armed }).catch(() => armed)
    }
    return client.disarmCancelAll({ switch: armed })
  })
  return deadManAnswer(armed, disarmed ? 'disarmed' : 'nothing was armed any more')
}

function deadManAnswer(armed: DeadManSwitch, state: string): Answer {
  const orders = [...armed.instructions.keys()]
  return {
    json: { switch: armed.id, orders, firesAt: armed.firesAt, state },
    text: `${orders.length} orders: ${state}\nswitch ${armed.id}`,
  }
}

async function list(
  session: Session,
  { market: name }: { market?: string },
  [account]: string[],
): Promise<Answer> {
  const client = await openClient(session, { key: false })
  const market = name === undefined ? undefined : await marketNamed(client, name)
  const markets = await client.getMarkets()
  const orders = []
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const owner = ownerOf(session, account)
    const page = await client.getOrders({ owner, ...(market && { market }), ...(cursor && { cursor }) })
    orders.push(...page.orders)
    cursor = page.cursor
  }
  const rows = orders.flatMap(order => {
    const of = markets.find(({ id }) => id === order.market)
    return of
      ? [[of.symbol, orderText(of, order), String(order.height), conditionsText(of, order), order.guard]]
      : []
  })
  return {
    json: { orders },
    text: rows.length > 0 ? table(['market', 'order', 'block', '', 'id'], rows) : 'No live orders.',
  }
}

async function liveOrder(client: OmgClient, guard: Guard) {
  const order = await client.getOrder({ guard })
  if (!order) throw cliError('order.unknown', `no live order is named ${guard}`)
  return order
}

function described(market: Market, placed: PlacedOrder): object {
  const { guard, terms, lots, amount } = placed
  const sent =
    'payment' in placed ? { payment: placed.payment.hash } : { instruction: placed.instruction.hash }
  return { order: guard, market: market.id, terms, lots, amount, ...sent }
}

function secondsOf(text: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > 7_200)
    throw new InvalidArgumentError('1 to 7200 seconds')
  return Number(text)
}

/** Percent to hundredths of a percent. */
function percentOf(text: string): number {
  const bps = Math.round(Number(text) * 100)
  if (!/^\d+(\.\d{1,2})?$/.test(text) || bps >= 10_000)
    throw new InvalidArgumentError('percent, with at most two digits behind the point')
  return bps
}

function expiryOf(text: string): Expiry {
  const match = /^(height:)?(\d{1,15})$/.exec(text)
  if (!match) throw new InvalidArgumentError('height:<block> or seconds since 1970')
  return match[1] ? { height: BigInt(match[2]!) } : { time: BigInt(match[2]!) }
}
