import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { getBook, type Market, type OmgClient } from '@omg/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  accessibilityProblems,
  movedBy,
  openBrowser,
  PATIENCE_MS,
  type Scheme,
  type Screen,
  visit,
} from './browser.ts'
import { startTestNetwork, type TestNetwork } from './network.ts'

// The market side of the page in a real browser, built, under the CSP with which it is served, over a real node and indexer.

/** What a visitor loads before there is a price, compressed, in bytes: the chart and the wallet come after it. */
const FIRST_LOAD_BYTES = 125_000

let network: TestNetwork
let browser: Browser
let alice: OmgClient
let bob: OmgClient
let market: Market

beforeAll(async () => {
  network = await startTestNetwork()
  browser = await openBrowser()
  alice = network.client('alice')
  bob = network.client('bob')
  market = (await alice.getMarkets()).find(({ symbol }) => symbol === 'ETH/TUSD')!
  await ask('2001.5', '0.02')
  await ask('2001.57', '0.01')
  await ask('2010', '0.03')
  await bid('1999.9', '0.02')
  await bid('1990', '0.05')
  await trade('2000', '0.01')
}, 5 * PATIENCE_MS)

afterAll(async () => {
  await browser?.close()
  await network?.stop()
})

/** What comes by itself. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: PATIENCE_MS })

/** Places an order that stands when this resolves. */
async function place(client: OmgClient, side: 'buy' | 'sell', price: string, size: string): Promise<void> {
  const order = await client.placeOrder({
    ...{ market, side, price: market.priceOf(price), lots: market.lotsOf(size) },
    finality: 'fast',
  })
  await client.waitForOrder({ order })
}
const ask = (price: string, size: string) => place(alice, 'sell', price, size)
const bid = (price: string, size: string) => place(bob, 'buy', price, size)

/** Two orders that meet, and nothing else at their price. */
async function trade(price: string, size: string): Promise<void> {
  await ask(price, size)
  await bid(price, size)
}

/** The prices and sizes that the page shows for a side, the best first. */
async function shown(page: Page, side: 'Asks' | 'Bids'): Promise<string[]> {
  const rows = page
    .getByRole('region', { name: 'Order book' })
    .getByRole('list', { name: side })
    .locator('button')
  return rows.evaluateAll(levels =>
    levels.map(level => [...level.querySelectorAll('[data-shown]')].map(part => part.textContent).join(' ')),
  )
}

/** What the node has, written as the page writes it. */
async function standing(): Promise<{ Asks: string[]; Bids: string[] }> {
  const book = await getBook(alice, { market })
  const rows = (levels: typeof book.asks) =>
    levels.map(({ price, lots }) => `${fixed(market.priceText(price), 2)} ${fixed(market.sizeText(lots), 4)}`)
  return { Asks: rows(book.asks), Bids: rows(book.bids) }
}

function fixed(text: string, digits: number): string {
  const [whole = '', part = ''] = text.split('.')
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${part.padEnd(digits, '0')}`
}

async function untilBookIsRight(page: Page): Promise<void> {
  await expect
    .poll(async () => ({ Asks: await shown(page, 'Asks'), Bids: await shown(page, 'Bids') }), {
      timeout: PATIENCE_MS,
    })
    .toEqual(await standing())
}

const tab = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Parts of the page' }).getByRole('button', { name }).click()

/** Until the page has everything: its price, book, tape and chart. */
async function ready(page: Page): Promise<void> {
  await page.getByTestId('connection').getByText('live').waitFor()
  await soon(() => page.getByTestId('last-price').textContent()).toBe('2,000.00')
  await page.getByRole('group', { name: /candles of/ }).waitFor({ state: 'attached' })
}

describe('the market side of the page', { timeout: 5 * PATIENCE_MS }, () => {
  it('shows the book of the node, the last trade on tape and in the title, and nothing that the CSP forbids', async () => {
    const { page, context, complaints } = await visit(browser, network.url, 'desk', 'dark')
    await ready(page)
    await untilBookIsRight(page)
    await soon(() => page.title()).toBe('2,000.00 ETH/TUSD · OMG Exchange')
    const tape = page.getByRole('region', { name: 'Last trades' }).getByRole('row')
    expect(await tape.nth(1).textContent()).toMatch(/^2,000\.00.*0\.0100/s)
    // The picture is drawn on canvas, and told in words.
    expect(await page.locator('canvas').count()).toBeGreaterThan(0)
    expect(await page.getByRole('group', { name: /candles of 5s/ }).getAttribute('aria-label')).toContain(
      'now 2,000.00 TUSD',
    )
    expect(complaints).toEqual([])
    await context.close()
  })

  it('is small before it shows a price', () => {
    const html = readFileSync(join(network.folder, 'index.html'), 'utf8')
    const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!)
    const sizes = files.map(path => gzipSync(readFileSync(join(network.folder, path))).length)
    expect(files.length).toBeGreaterThan(1)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(FIRST_LOAD_BYTES)
  })

  it('groups the book, and follows it as it changes', async () => {
    const { page, context } = await visit(browser, network.url, 'desk', 'light')
    await ready(page)
    await untilBookIsRight(page)
    await page.getByLabel('Step').selectOption('0.1')
    expect((await shown(page, 'Asks')).slice(0, 2)).toEqual(['2,001.50 0.0200', '2,001.60 0.0100'])
    await page.getByLabel('Step').selectOption('0.01')
    await ask('2003.21', '0.0123')
    await untilBookIsRight(page)
    await context.close()
  })

  it('is used by keys alone: another market, a level of the book, the candles', async () => {
    const { page, context } = await visit(browser, network.url, 'desk', 'dark')
    await ready(page)
    await page.keyboard.press('/')
    await page.locator('input:focus').waitFor()
    await page.keyboard.type('tgld')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'TGLD/TUSD' }).waitFor()
    expect(new URL(page.url()).hash).toBe('#/TGLD-TUSD')
    await page.keyboard.press('/')
    await page.locator('input:focus').waitFor()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Escape')
    await page.goBack()
    await ready(page)
    await untilBookIsRight(page)
    const best = page.getByRole('button', { name: /^Bid 1,999\.90/ })
    await best.focus()
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Bid 1,990\.00/)
    const chart = page.getByRole('group', { name: /candles of/ })
    await chart.focus()
    for (const key of ['ArrowLeft', 'ArrowUp', 'ArrowDown', 'End']) await page.keyboard.press(key)
    await page.getByRole('button', { name: '1m', exact: true }).press('Enter')
    await page.getByRole('group', { name: /candles of 1m/ }).waitFor()
    await context.close()
  })

  it.each<[Screen, Scheme]>([
    ['desk', 'dark'],
    ['desk', 'light'],
    ['phone', 'dark'],
    ['phone', 'light'],
  ])(
    'on a %s, %s: nothing that axe finds, nothing beside the screen, nothing that jumps',
    async (screen, scheme) => {
      const { page, context, complaints } = await visit(browser, network.url, screen, scheme)
      await ready(page)
      expect(await movedBy(page)).toBeLessThan(0.03)
      for (const name of screen === 'phone' ? ['Chart', 'Book', 'Trade', 'Orders'] : ['']) {
        if (name !== '') await tab(page, name)
        expect(await accessibilityProblems(page)).toEqual([])
        const beside = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(beside).toBeLessThanOrEqual(0)
      }
      expect(complaints).toEqual([])
      await context.close()
    },
  )

  it('says so when the indexer is away, and goes on with a right book when it is back', async () => {
    const { page, context } = await visit(browser, network.url, 'desk', 'dark')
    await ready(page)
    await untilBookIsRight(page)
    await network.indexer.stop()
    await page.getByTestId('connection').getByText('reconnecting').waitFor()
    await page.getByText('Connecting again to market data').waitFor()
    await ask('2004.56', '0.0111')
    await trade('2000.5', '0.0123')
    await network.indexer.start()
    await page.getByTestId('connection').getByText('live').waitFor()
    await untilBookIsRight(page)
    await soon(() => page.getByTestId('last-price').textContent()).toBe('2,000.50')
    const tape = page.getByRole('region', { name: 'Last trades' }).getByRole('row')
    await soon(() => tape.nth(1).textContent()).toContain('2,000.50')
    await context.close()
  })
})
