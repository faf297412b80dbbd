import {
  type BlockInputs,
  type ClosedCheckpoint,
  type ExchangeView,
  type Execution,
  encodeBlock,
  Ledger,
  NO_EXCHANGE,
  type StateTransition,
} from '@omg/ledger'
import {
  type Account,
  account,
  coin,
  depositIds,
  deposits,
  ETH,
  GWEI,
  item,
  nextInputs,
  PARAMETERS,
  type Payment,
  payment,
  recordOf,
  USD,
} from '@omg/ledger/testing'
import {
  type Address,
  amount,
  type Deposit,
  hash,
  type OmgError,
  type Output,
  type OutputId,
} from '@omg/protocol'

/** Fee of a payment in ETH. */
export const FEE = 10n * GWEI
const ORIGIN = { origin: 10n, originHash: hash(`0x${'0e'.repeat(32)}`), originTime: 1000n }

/** A chain made in memory by a ledger, without a node. */
export class TestChain<L extends StateTransition = Ledger> {
  readonly ledger: L
  readonly blocks: Uint8Array[] = []
  readonly executions: Execution[] = []
  readonly checkpoints: ClosedCheckpoint[] = []
  readonly #deposits: Deposit[] = []
  #onBlock: () => void = () => {}

  readonly #exchangeAt: (origin: bigint, originTime: bigint) => ExchangeView

  constructor(
    ledger: L,
    exchangeAt: (origin: bigint, originTime: bigint) => ExchangeView = () => NO_EXCHANGE,
  ) {
    this.ledger = ledger
    this.#exchangeAt = exchangeAt
  }

  get height(): number {
    return this.blocks.length
  }

  onBlock(listener: () => void): void {
    this.#onBlock = listener
  }

  /** Records deposits on Ethereum; the next block takes them. */
  deposit(outputs: readonly Output[]): OutputId[] {
    const made = deposits(outputs, this.#deposits.length)
    this.#deposits.push(...made)
    return depositIds(made)
  }

  /** Makes the next block of these signed transactions and applies it. Throws where one is refused. */
  make(signed: readonly Uint8Array[], change: Partial<BlockInputs> = {}): void {
    const [refused] = this.offer(signed, change)
    if (refused) throw refused
  }

  /** As {@link make}, without those that are refused. Returns why. */
  offer(signed: readonly Uint8Array[], change: Partial<BlockInputs> = {}): OmgError[] {
    const inputs = nextInputs(this.ledger, {
      ...ORIGIN,
      exchange: this.#exchangeAt(ORIGIN.origin, ORIGIN.originTime),
      deposits: this.#deposits.slice(Number(this.ledger.tip.inboxCursor)),
      ...change,
    })
    const { execution, dropped } = this.ledger.assembleBlock(signed.map(recordOf), inputs)
    const closed = this.ledger.applyBlock(execution)
    if (closed) this.checkpoints.push(closed)
    this.blocks.push(encodeBlock(execution.block))
    this.executions.push(execution)
    this.#onBlock()
    return dropped.map(({ error }) => error)
  }
}

export function testChain(): TestChain {
  return new TestChain(new Ledger(PARAMETERS))
}

/** A coin that the story below can spend. */
interface Purse {
  readonly owner: Account
  readonly id: OutputId
  readonly token: Address
  readonly value: bigint
}

/**
 * A story of payments, merges, items, spends within one block and closed checkpoints, always the same: `blocks` blocks on top
 * of the chain, which must be new.
 */
export function tellStory(chain: TestChain, blocks: number): void {
  const people = [1, 2, 3, 4, 5].map(account)
  const outputs = people.flatMap(owner => [coin(owner, 10n ** 18n), coin(owner, 10n ** 9n, USD)])
  const ids = chain.deposit([...outputs, item(people[0]!, 77n)])
  let purses: Purse[] = outputs.map((output, i) => ({
    ...{ owner: people[i >> 1]!, id: ids[i]!, token: output.token, value: output.amount },
  }))
  let art = { owner: people[0]!, id: ids.at(-1)! }
  chain.make([])
  for (let i = 0; i < blocks; i++) {
    const signed: Uint8Array[] = []
    const payments = purses.map((purse, n) => pay(purse, people[(i + n) % people.length]!))
    // The first of them is spent on in the same block.
    const onwards = pay(purseOf(payments[0]!, purses[0]!, 1), people[(i + 3) % people.length]!)
    signed.push(...payments.map(({ signed: bytes }) => bytes), onwards.signed)
    purses = payments.map((made, n) =>
      purseOf(n === 0 ? onwards : made, n === 0 ? afterFirst(purses[0]!) : purses[n]!, 1),
    )
    if (i % 4 === 1) {
      const given = giveItem(art, people[i % people.length]!, purses[0]!)
      art = { owner: people[i % people.length]!, id: given.ids[0]! }
      purses[0] = { ...purses[0]!, id: given.ids[1]!, value: purses[0]!.value - 20n * GWEI - given.extra }
      signed.push(given.signed)
    }
    chain.make(signed, { closes: i % 5 === 4 })
  }

  function pay(purse: Purse, to: Account): Payment {
    const fee = purse.token === ETH ? FEE : 5n
    const kept = coin(purse.owner, purse.value - fee - 1000n, purse.token)
    return payment([purse.owner], [purse.id], [coin(to, 1000n, purse.token), kept])
  }

  function purseOf({ ids: made }: Payment, { owner, token, value }: Purse, index: number): Purse {
    return { owner, token, id: made[index]!, value: value - (token === ETH ? FEE : 5n) - 1000n }
  }

  function afterFirst(purse: Purse): Purse {
    return purseOf({ ids: [purse.id, purse.id] } as unknown as Payment, purse, 1)
  }
}

function giveItem(art: { owner: Account; id: OutputId }, to: Account, purse: Purse) {
  const signers = art.owner.address === purse.owner.address ? [art.owner] : [art.owner, purse.owner]
  const fee = 20n * GWEI * BigInt(signers.length)
  const made = payment(
    signers,
    [art.id, purse.id],
    [{ ...item(to, 77n), amount: amount(77n) }, coin(purse.owner, purse.value - fee, purse.token)],
  )
  return { ...made, extra: fee - 20n * GWEI }
}
