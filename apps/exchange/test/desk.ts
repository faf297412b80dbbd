import type { Address } from '@omg/protocol'
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { accessibilityProblems } from './browser.ts'

// What people do at the page, and what it says.

/** Milliseconds that one wait may take before the test gives up: nothing is asserted about how long things take. */
export const PATIENCE = 150_000

/** Nothing that axe finds, in either scheme, and nothing beside the screen. */
export async function isSound(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await accessibilityProblems(page)).toEqual([])
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
}

/** Until the first visit has led to money that trades. */
export async function untilFunded(page: Page): Promise<void> {
  await page.getByTestId('ticket-send').waitFor()
}

/** The sheet of the account, opened, and the address that it shows. */
export async function openAccount(page: Page): Promise<{ sheet: Locator; address: Address }> {
  await page.getByTestId('account').click()
  const sheet = page.getByRole('dialog', { name: 'Account' })
  const text = await sheet
    .getByText(/^0x[0-9a-f]{40}$/)
    .first()
    .textContent()
  return { sheet, address: text as Address }
}

export async function addressOf(page: Page): Promise<Address> {
  const { sheet, address } = await openAccount(page)
  await page.keyboard.press('Escape')
  await sheet.waitFor({ state: 'hidden' })
  return address
}

export async function placeLimit(
  page: Page,
  side: 'Buy' | 'Sell',
  price: string,
  size: string,
): Promise<void> {
  await page.getByRole('radio', { name: `${side} ETH` }).check()
  await page.getByLabel('Type').selectOption('limit')
  await page.getByTestId('ticket-price').fill(price)
  await page.getByTestId('ticket-amount').fill(size)
  await page.getByTestId('ticket-send').click()
}

/** What the ticket says of the order that it would send, to the last digit. */
export async function ticketSays(page: Page) {
  const row = page.locator('[data-testid=summary] > div')
  const value = (name: RegExp) => row.filter({ hasText: name }).locator('dd')
  const exact = (name: RegExp) => value(name).locator('[title]').getAttribute('title')
  await value(/^Next batch/).waitFor()
  return {
    expected: await value(/^Next batch/).textContent(),
    fee: await exact(/^Fee/),
    worst: await value(/^Worst price/).textContent(),
    most: await exact(/^You pay at most/),
  }
}

/** One's own order stands marked in book and chart, for eyes and in words. */
export async function isMarked(page: Page, price: string, size: string): Promise<void> {
  const parts = [`Bid ${price}`, `yours ${size}`].map(part => part.replaceAll('.', '\\.'))
  await page.getByRole('button', { name: new RegExp(`^${parts.join(' ?, ')}`) }).waitFor()
  await page.getByRole('group', { name: `Your orders: Buy ${size} at ${price}` }).waitFor()
}

export const said = (page: Page, words: RegExp) => page.getByTestId('last-deed').getByText(words).waitFor()
export const panel = (page: Page, name: RegExp | string) => page.getByRole('tab', { name }).click()
export const rowsOf = (page: Page, table: string) =>
  page.getByRole('table', { name: table }).locator('tbody > tr')
