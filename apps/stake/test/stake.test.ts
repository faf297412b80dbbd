import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { passAnvilTime } from '@omg/rootchain/testing'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Facts, omgUp, type Up } from '../../../packages/cli/test/network.ts'
import {
  accessibilityProblems,
  movedBy,
  openBrowser,
  PATIENCE_MS,
  visit,
} from '../../exchange/test/browser.ts'

// The page in a real browser, as set-up has built it and `omg up` serves it, over a network of its own.

/** Set to a folder, pictures of the page are put there. */
const PICTURES = process.env.OMG_PICTURES

const data = mkdtempSync(join(tmpdir(), 'omg-stake-page-'))
let up: Up
let browser: Browser
let url: string

beforeAll(async () => {
  up = await omgUp(data, ['--web-port', '0'])
  const { stakeUrl } = up.facts as Facts & { stakeUrl: string | null }
  if (stakeUrl === null) throw new Error('the page is not built: node tools/setup.mjs')
  url = stakeUrl
  browser = await openBrowser()
}, 6 * PATIENCE_MS)

afterAll(async () => {
  await browser?.close()
  await up?.stop()
  rmSync(data, { recursive: true, force: true, maxRetries: 3 })
}, PATIENCE_MS)

const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `stake-${name}.png`), fullPage: true })
}

async function saysEventually(page: Page, panel: string, words: RegExp): Promise<void> {
  const text = () => region(page, panel).textContent()
  await expect.poll(text, { timeout: 3 * PATIENCE_MS }).toMatch(words)
}

describe('the staking page', { timeout: 10 * PATIENCE_MS }, () => {
  it('takes a first visitor from test OMG to stake in the next set, and out again', async () => {
    const { page, context, complaints } = await visit(browser, url, 'desk', 'dark')
    await saysEventually(page, 'Validators', /active.*1,000 OMG/)
    await page.getByRole('button', { name: 'Create an account' }).click()
    await saysEventually(page, 'Your account', /To stake500 OMG/)
    expect(await movedBy(page)).toBeLessThan(0.1)

    await page.getByRole('button', { name: /^Delegate to/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Amount').fill('501')
    await dialog.getByText('There are 500 OMG.').waitFor()
    await dialog.getByLabel('Amount').fill('200')
    expect(await accessibilityProblems(page)).toEqual([])
    await picture(page, 'delegate')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await saysEventually(page, 'Your stake', /200 OMG/)
    await saysEventually(page, 'Validators', /active1,200 OMG/)
    expect(await region(page, 'Rewards').textContent()).toContain('Nothing to claim')

    await page.getByLabel('Your vote: Taker, guarded').fill('0.09')
    await saysEventually(page, 'Fees', /Taker, guarded0\.05 %0\.05 %0\.0[56] %/)
    await page.getByRole('button', { name: 'Vote', exact: true }).click()
    await saysEventually(page, 'Fees', /Your vote stands/)

    await page.getByRole('button', { name: /^Change the stake with/ }).click()
    await dialog.getByLabel('Amount').fill('50.5')
    await dialog.getByRole('button', { name: 'Take out' }).click()
    await dialog.waitFor({ state: 'detached' })
    await saysEventually(page, 'Leaving', /50\.5 OMGin \d+ (s|min)/)
    await saysEventually(page, 'Validators', /active1,149\.5 OMG/)
    await picture(page, 'desk-dark')
    await passAnvilTime(up.facts.ethereumUrl, 100)
    await region(page, 'Leaving').getByRole('button', { name: 'Withdraw' }).click()
    await saysEventually(page, 'Your account', /To stake350\.5 OMG/)
    await saysEventually(page, 'Leaving', /Nothing is on its way out/)
    expect(complaints).toEqual([])

    // What this browser keeps is there again, and its key signs.
    await page.reload()
    await saysEventually(page, 'Your account', /To stake350\.5 OMG/)
    await context.close()
  })

  it.each([
    ['desk', 'light'],
    ['desk', 'dark'],
    ['phone', 'light'],
  ] as const)('can be used by everybody: %s, %s', async (screen, scheme) => {
    const { page, context, complaints } = await visit(browser, url, screen, scheme)
    await saysEventually(page, 'Validators', /active/)
    expect(await accessibilityProblems(page)).toEqual([])
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
    expect(await movedBy(page)).toBeLessThan(0.1)
    await picture(page, `${screen}-${scheme}`)
    expect(complaints).toEqual([])
    await context.close()
  })
})
