import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  accessibilityProblems,
  openBrowser,
  PATIENCE_MS,
  type Scheme,
  type Screen,
  visit,
} from '../../exchange/test/browser.ts'
import { startTestNetwork, type TestNetwork } from './network.ts'

// The page in a real browser, built, under the CSP with which it is served, over a real network whose crowd trades.

/** Set to a folder, pictures of the pages are put there. */
const PICTURES = process.env.OMG_PICTURES

let network: TestNetwork
let browser: Browser
/** An auction in which something traded. */
let auction: { market: string; height: string; price: string }
let transaction: string
const KINDS = ['pay', 'move', 'settle']

beforeAll(async () => {
  network = await startTestNetwork()
  browser = await openBrowser()
  auction = await firstAuction()
  transaction = await firstTransaction(auction.height)
}, 6 * PATIENCE_MS)

afterAll(async () => {
  await browser?.close()
  await network?.stop()
}, PATIENCE_MS)

interface Items<T> {
  readonly items: readonly T[]
}

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(`${network.facts.indexerUrl}${path}`)
  return (await response.json()) as T
}

async function firstAuction(): Promise<typeof auction> {
  for (;;) {
    const { items: markets } = await ask<Items<{ id: string }>>('/markets')
    for (const { id } of markets) {
      const { items } = await ask<Items<{ height: string; price: string }>>(`/markets/${id}/trades?limit=1`)
      if (items[0]) return { market: id, ...items[0] }
    }
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

/** A transaction of each kind, once the crowd has made them all. */
async function onePerKind(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  await expect
    .poll(
      async () => {
        const { items: blocks } = await ask<Items<{ height: string }>>('/blocks?limit=50')
        for (const { height } of blocks) {
          const { items } = await ask<Items<{ hash: string; kind: string }>>(`/blocks/${height}/transactions`)
          for (const { kind, hash } of items) if (KINDS.includes(kind)) found.set(kind, hash)
        }
        return found.size
      },
      { timeout: PATIENCE_MS },
    )
    .toBe(KINDS.length)
  return found
}

async function firstTransaction(height: string): Promise<string> {
  const { items } = await ask<Items<{ hash: string }>>(`/blocks/${height}/transactions`)
  return items[0]!.hash
}

const open = (path: string, screen: Screen = 'desk', scheme: Scheme = 'dark') =>
  visit(browser, `${network.url}/#/${path}`, screen, scheme)

const live = (page: Page) => page.getByTestId('connection').getByText('live').waitFor()

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`) })
}

describe('the explorer', { timeout: 6 * PATIENCE_MS }, () => {
  it('shows the chain as it grows, and nothing that the CSP forbids', async () => {
    const { page, context, complaints } = await open('')
    await live(page)
    const blocks = page.getByRole('region', { name: 'Latest blocks', exact: true }).getByRole('row')
    await expect.poll(() => blocks.count(), { timeout: PATIENCE_MS }).toBe(11)
    const newest = () => blocks.nth(1).getByRole('link').first().textContent()
    const before = await newest()
    await expect.poll(newest, { timeout: PATIENCE_MS }).not.toBe(before)
    await picture(page, 'explorer')
    expect(complaints).toEqual([])
    await context.close()
  })

  it('leads from the markets to an auction with its picture', async () => {
    const { page, context, complaints } = await open('markets')
    await page.getByRole('link', { name: 'ETH/TUSD' }).click()
    await page.getByRole('heading', { level: 1, name: 'ETH/TUSD' }).waitFor()
    await page.goto(`${network.url}/#/batch/${auction.market}/${auction.height}`)
    const drawing = page.getByRole('img', { name: /would be bought/ })
    await drawing.waitFor()
    for (const curve of ['path.stroke-up', 'path.stroke-down'])
      expect(await drawing.locator(curve).count()).toBe(1)
    const about = page.getByRole('region', { name: 'About this auction' })
    expect(await about.textContent()).toMatch(/Wanted at the price.*to buy.*to sell/s)
    expect(await about.textContent()).toContain('npm run omg -- replay')
    await picture(page, 'auction')
    await page.getByRole('link', { name: Number(auction.height).toLocaleString('en') }).click()
    await page.getByRole('heading', { level: 1, name: /^Block/ }).waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })

  it('shows a checkpoint with the Ethereum transaction that brought it', async () => {
    const { page, context } = await open('checkpoint/1')
    const about = page.getByRole('region', { name: 'About this checkpoint' })
    await expect
      .poll(() => about.textContent(), { timeout: PATIENCE_MS })
      .toMatch(/Ethereum transaction0x[0-9a-f]{64}/)
    await context.close()
  })

  it('shows payments, instructions and settlements, with the orders that they spend and make', async () => {
    const { page, context, complaints } = await open('')
    for (const [kind, hash] of await onePerKind()) {
      await page.goto(`${network.url}/#/tx/${hash}`)
      const about = page.getByRole('region', { name: 'About this transaction', exact: true }).first()
      await about.getByText(kind.toUpperCase(), { exact: true }).waitFor()
      expect(await about.textContent()).toContain(hash)
      for (const side of ['Inputs', 'Outputs'])
        await page.getByRole('region', { name: side, exact: true }).first().waitFor()
    }
    expect(complaints).toEqual([])
    await context.close()
  })

  it('is used by keys alone', async () => {
    const { page, context } = await open('')
    await live(page)
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content')
    await page.getByLabel(/^Search by/).focus()
    await page.keyboard.type('no such thing')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('That is no height').waitFor()
    await page.keyboard.press('Control+A')
    await page.keyboard.type(transaction)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: /^Transaction/ }).waitFor()
    await page.getByLabel(/^Search by/).focus()
    await page.keyboard.type('1')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Block 1' }).waitFor()
    await context.close()
  })

  it('says what is not there', async () => {
    const { page, context } = await open('block/999999999')
    await page.getByText('This block is not known').waitFor()
    await page.goto(`${network.url}/#/batch/0x${'00'.repeat(32)}/1`)
    await page.getByText('This market is not known').waitFor()
    await page.goto(`${network.url}/#/batch/0x12/1`)
    await page.getByText('There is no such page').waitFor()
    await context.close()
  })

  it.each([
    ['desk', 'dark'],
    ['desk', 'light'],
    ['phone', 'light'],
  ] as const)('can be used by everybody: %s, %s', async (screen, scheme) => {
    const { page, context } = await open('', screen, scheme)
    await live(page)
    const pages = [
      ['', 'Latest blocks'],
      ['markets', 'Listed on Ethereum'],
      [`market/${auction.market}`, 'Auctions, one a block at most'],
      [`batch/${auction.market}/${auction.height}`, 'About this auction'],
      [`block/${auction.height}`, 'About this block'],
      [`tx/${transaction}`, 'About this transaction'],
      ['checkpoint/1', 'About this checkpoint'],
      ['validators', 'Who signs'],
      ['owner/0x70997970c51812dc3a010c7d01b50e0d17dc79c8', 'Balances'],
    ] as const
    for (const [path, region] of pages) {
      await page.goto(`${network.url}/#/${path}`)
      await page.getByRole('region', { name: region, exact: true }).first().waitFor()
      expect(await accessibilityProblems(page), path).toEqual([])
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow, path).toBeLessThanOrEqual(0)
      await picture(page, `${screen}-${scheme}-${path.split('/')[0] || 'home'}`)
    }
    await context.close()
  })

  it('says that the node is away, and goes on when it is back', async () => {
    const { page, context } = await open('')
    await live(page)
    network.killNode()
    await page.getByTestId('connection').getByText('reconnecting').waitFor()
    await live(page)
    const newest = () =>
      page
        .getByRole('region', { name: 'Latest blocks', exact: true })
        .getByRole('row')
        .nth(1)
        .getByRole('link')
        .first()
        .textContent()
    const before = await newest()
    await expect.poll(newest, { timeout: PATIENCE_MS }).not.toBe(before)
    await context.close()
  })
})
