import { MAX_LOTS, MAX_TICK } from '@omg/exchange'
import type { Address } from '@omg/protocol'
import { createClient, http, type OmgClient, type Token } from '@omg/sdk'
import { type Currencies, type Int, type Market, NetworkError, type Status } from 'ccxt'
import { formatUnits } from 'viem'
import { ccxtError } from './errors.ts'
import { codesOf, type Listing, onePerSymbol, symbolOf } from './listing.ts'
import { RestExchange } from './rest.ts'
import { integerIn, textIn, timestampIn } from './rows.ts'

/** Blocks that an indexer may be behind its node and still count as up to date. */
const BLOCKS_BEHIND = 30n

/** Which markets and currencies there are, and whether the network is up. */
export abstract class MarketDataExchange extends RestExchange {
  #reader: { readonly url: string; readonly client: OmgClient } | undefined

  /** A client of the node without an account. */
  protected reader(): OmgClient {
    const { node, ethereum } = this.urls.api
    if (this.#reader?.url !== node) {
      const transport = http(node, { timeout: this.timeout, retries: 0 })
      this.#reader = { url: node, client: createClient({ node: transport, ...(ethereum && { ethereum }) }) }
    }
    return this.#reader!.client
  }

  override async fetchStatus(): Promise<Status> {
    try {
      const status = await this.get('status')
      const behind = integerIn(status, 'headHeight') - integerIn(status, 'height')
      const isUp = status.problem === null && behind <= BLOCKS_BEHIND
      return {
        status: isUp ? 'ok' : status.problem === null ? 'maintenance' : 'error',
        updated: timestampIn(status),
        eta: undefined,
        url: undefined,
        info: status,
      }
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      const info = { message: (error as Error).message }
      return { status: 'error', updated: undefined, eta: undefined, url: undefined, info }
    }
  }

  /** The time of the last block, which is what the chain goes by. */
  override async fetchTime(): Promise<Int> {
    return timestampIn(await this.get('status'))
  }

  override async fetchCurrencies(): Promise<Currencies> {
    const { tokens, codes } = await this.#network()
    const supplies = await this.pages('tokens', {}, () => true)
    const rows = new Map(supplies.map(row => [textIn(row, 'token'), row]))
    return Object.fromEntries(
      tokens.map(({ address, symbol, decimals }) => {
        const code = codes.get(address)!
        const currency = this.safeCurrencyStructure({
          id: address,
          code,
          name: symbol,
          type: 'crypto',
          active: true,
          deposit: false,
          withdraw: false,
          fee: undefined,
          precision: this.parseNumber(formatUnits(1n, decimals)),
          limits: {
            amount: { min: this.parseNumber(formatUnits(1n, decimals)), max: undefined },
            deposit: { min: undefined, max: undefined },
            withdraw: { min: undefined, max: undefined },
          },
          networks: {},
          info: { ...rows.get(address), token: address, symbol, decimals },
        })
        return [code, currency]
      }),
    )
  }

  override async fetchMarkets(): Promise<Market[]> {
    const { markets, codes } = await this.#network()
    const rows = await this.pages('markets', {}, () => true)
    const byId = new Map(rows.map(row => [textIn(row, 'id'), row]))
    const listings = markets.flatMap((market): Listing[] => {
      const row = byId.get(market.id)
      const [base, quote] = [codes.get(market.base.address)!, codes.get(market.quote.address)!]
      // A market that the indexer has not heard of yet is there with the next loadMarkets(true).
      return row ? [{ market, row, base, quote }] : []
    })
    return onePerSymbol(listings, this.options.markets ?? {}).map(listing => this.#market(listing))
  }

  #market(listing: Listing): Market {
    const { market, row, base, quote } = listing
    const { minimumSize } = market.terms
    const number = (text: string) => this.parseNumber(text)
    const quoteText = (units: bigint) => formatUnits(units, market.quote.decimals)
    return this.safeMarketStructure({
      id: market.id,
      symbol: symbolOf(listing),
      base,
      quote,
      baseId: market.base.address,
      quoteId: market.quote.address,
      type: 'spot',
      spot: true,
      margin: false,
      active: market.state === 'active' || market.state === 'postOnly',
      taker: number(formatUnits(BigInt(market.takerBps), 4)),
      maker: number(formatUnits(BigInt(market.makerBps), 4)),
      percentage: true,
      tierBased: false,
      feeSide: 'quote',
      precision: {
        amount: number(market.sizeText(1n)),
        price: number(market.priceText(1n)),
        cost: number(quoteText(market.terms.tick)),
        base: number(formatUnits(1n, market.base.decimals)),
        quote: number(formatUnits(1n, market.quote.decimals)),
      },
      limits: {
        leverage: { min: undefined, max: undefined },
        amount: { min: number(market.sizeText(minimumSize)), max: number(market.sizeText(BigInt(MAX_LOTS))) },
        price: { min: number(market.priceText(1n)), max: number(market.priceText(BigInt(MAX_TICK))) },
        cost: { min: number(quoteText(market.costOf(minimumSize, 1n))), max: undefined },
      },
      created: undefined,
      info: row,
    })
  }

  /** What the node lists, with a code for each token. */
  async #network() {
    try {
      const client = this.reader()
      const markets = await client.getMarkets()
      const { feeTokens } = await client.network()
      const paid: Token[] = feeTokens.map(({ token, symbol, decimals }) => ({
        address: token,
        symbol,
        decimals,
      }))
      const traded = markets.flatMap(({ base, quote }) => [base, quote])
      const tokens = [...new Map([...paid, ...traded].map(token => [token.address, token])).values()]
      const trusted = new Set<Address>(paid.map(({ address }) => address))
      return { markets, tokens, codes: codesOf(tokens, trusted) }
    } catch (error) {
      throw ccxtError(error)
    }
  }
}
