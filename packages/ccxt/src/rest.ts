import type { MarketTerms } from '@omg/protocol'
import { type Units, unitsOf } from '@omg/sdk'
import {
  BadRequest,
  BadSymbol,
  type Dict,
  Exchange,
  ExchangeNotAvailable,
  InvalidOrder,
  type MarketInterface,
  OrderNotFound,
  RequestTimeout,
  type Str,
} from 'ccxt'
import { formatUnits } from 'viem'
import { DESCRIPTION } from './description.ts'
import { EXCEPTIONS } from './errors.ts'
import { countIn, type Rounding } from './grid.ts'
import { integerIn, listIn, textIn } from './rows.ts'

/** Rows of one page of the indexer. */
export const PAGE_ROWS = 500
/** Pages that one call reads at most: 10,000 rows. */
export const MAX_PAGES = 20

/** Milliseconds between two questions whether something is in a block yet. */
export const POLL_MS = 50

/** A market with the functions that go between its ticks and lots and decimals. */
export interface MarketUnits extends Units {
  readonly terms: MarketTerms
}

/** A market that was loaded. */
export interface LoadedMarket extends MarketInterface {
  id: string
  symbol: string
}

/** What every method needs: requests to the indexer, its errors, and the units of markets. */
export abstract class RestExchange extends Exchange {
  override describe(): Dict {
    // Copied: CCXT writes into what it gets.
    return this.deepExtend(super.describe(), structuredClone(DESCRIPTION))
  }

  override sign(path: string, api = 'public', method = 'GET', params: Dict = {}): Dict {
    const query = this.omit(params, this.extractParams(path))
    const text = Object.keys(query).length > 0 ? `?${this.urlencode(query)}` : ''
    const url = `${this.urls.api[api]}/${this.implodeParams(path, params)}${text}`
    return { url, method, body: undefined, headers: undefined }
  }

  override handleErrors(
    status: number,
    _reason: string,
    url: string,
    _method: string,
    _headers: Dict,
    _body: string,
    response: Dict | undefined,
  ): undefined {
    if (status < 400) return undefined
    const code = this.safeString(response, 'code')
    if (code === undefined) return undefined
    const message = `${this.id} ${code}: ${this.safeString(response, 'title')} ${this.safeString(response, 'action')}`
    if (code === 'request.not_found') {
      if (url.includes('/orders/')) throw new OrderNotFound(message)
      if (url.includes('/markets/')) throw new BadSymbol(message)
    }
    const Class = EXCEPTIONS[code] ?? (status >= 500 ? ExchangeNotAvailable : BadRequest)
    throw new Class(message)
  }

  /** @throws BadSymbol */
  override market(symbol: Str): LoadedMarket {
    return super.market(symbol) as LoadedMarket
  }

  /** An answer of the indexer. */
  protected get(path: string, params: Dict = {}): Promise<Dict> {
    return this.request(path, 'public', 'GET', params)
  }

  /**
   * Waits until the indexer answers as of a block: its stream tells of one before its rows are written.
   *
   * @throws RequestTimeout
   */
  protected async untilIndexed(height: bigint): Promise<void> {
    const end = this.milliseconds() + this.timeout
    while (integerIn(await this.get('status'), 'height') < height) {
      if (this.milliseconds() > end)
        throw new RequestTimeout(`${this.id} the indexer does not answer as of block ${height}`)
      await this.sleep(POLL_MS)
    }
  }

  /**
   * Rows of a list of the indexer, the newest first, as far back as `goesOn` holds for the last row of a page; at most `MAX_PAGES` pages.
   */
  protected async pages(path: string, params: Dict, goesOn: (rows: Dict[]) => boolean): Promise<Dict[]> {
    const rows: Dict[] = []
    let cursor: Str
    for (let page = 0; page < MAX_PAGES; page++) {
      const asked = { ...params, limit: PAGE_ROWS, ...(cursor !== undefined && { cursor }) }
      const answer = await this.get(path, asked)
      rows.push(...listIn(answer, 'items'))
      if (answer.next === null || !goesOn(rows)) break
      cursor = textIn(answer, 'next')
    }
    return rows
  }

  /** The units of a market, from what `fetchMarkets` put into it. */
  protected unitsOf(market: MarketInterface): MarketUnits {
    const { info } = market
    const terms: MarketTerms = {
      base: info.base,
      quote: info.quote,
      tick: integerIn(info, 'tick'),
      lot: integerIn(info, 'lot'),
      tier: info.tier,
      minimumSize: integerIn(info, 'minimumSize'),
    }
    const decimals = (code: string) => ({ decimals: Number(this.currency(code).info.decimals) })
    return { terms, ...unitsOf(terms, decimals(market.base), decimals(market.quote)) }
  }

  /** The listed market of a row; undefined of one that this exchange does not show. */
  protected marketOfRow(row: Dict): LoadedMarket | undefined {
    const known = this.markets_by_id?.[textIn(row, 'market')]
    return known?.[0] as LoadedMarket | undefined
  }

  /** Token units of a currency as text. */
  protected amountText(code: string, units: bigint): string {
    return formatUnits(units, Number(this.currency(code).info.decimals))
  }

  /** A decimal price of a market in ticks. @throws InvalidOrder */
  protected ticksIn(market: MarketInterface, price: unknown, rounding: Rounding = 'nearest'): bigint {
    const ticks = countIn(this.decimal(price), this.unitsOf(market).priceText(1n), rounding)
    if (ticks > 0n) return ticks
    throw new InvalidOrder(
      `${this.id} price of ${market.symbol} must be greater than minimum price precision of ${this.unitsOf(market).priceText(1n)}`,
    )
  }

  /** A decimal amount of a market in lots, rounded down. @throws InvalidOrder */
  protected lotsIn(market: MarketInterface, amount: unknown): bigint {
    const lots = countIn(this.decimal(amount), this.unitsOf(market).sizeText(1n), 'down')
    if (lots > 0n) return lots
    throw new InvalidOrder(
      `${this.id} amount of ${market.symbol} must be greater than minimum amount precision of ${this.unitsOf(market).sizeText(1n)}`,
    )
  }

  /** A number or text as a plain decimal text. @throws InvalidOrder */
  protected decimal(value: unknown): string {
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new InvalidOrder(`${this.id} ${value} is no amount`)
    const text = typeof value === 'string' ? value : this.numberToString(value)
    return text ?? ''
  }

  /** Exactly: CCXT's own way has eight digits of a float. */
  override priceToPrecision(symbol: string, price: unknown): Str {
    if (price === undefined) return undefined
    const market = this.market(symbol)
    return this.unitsOf(market).priceText(this.ticksIn(market, price))
  }

  /** Exactly: CCXT's own way has eight digits of a float. */
  override amountToPrecision(symbol: string, amount: unknown): Str {
    if (amount === undefined) return undefined
    const market = this.market(symbol)
    return this.unitsOf(market).sizeText(this.lotsIn(market, amount))
  }
}
