import { join } from 'node:path'
import type { Address } from '@omg/protocol'
import { getStandingValidators } from '@omg/rootchain'
import { passAnvilTime } from '@omg/rootchain/testing'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  accessibilityProblems,
  movedBy,
  openBrowser,
  type Scheme,
  type Screen,
  type Visit,
  visit,
} from '../../exchange/test/browser.ts'
import {
  ALICE,
  addressOf,
  bringRewards,
  DAVE,
  doubleVote,
  pay,
  type Scene,
  type StakeNetwork,
  setScene,
} from './network.ts'
import { putWallet, type TestWallet } from './wallet.ts'

// The page in a real browser, as set-up has built it and `omg up` serves it, over a network of its own. The tests follow on each other: what
// one has staked, another sees slashed.

/** Set to a folder, pictures of the page are put there. */
const PICTURES = process.env.OMG_PICTURES
/** Milliseconds that a state of the page is waited for. */
const PATIENCE_MS = 180_000

let scene: Scene
let network: StakeNetwork
let browser: Browser
let first: Address
let newcomer: Visit
let walletHolder: Visit & { readonly wallet: TestWallet }

beforeAll(async () => {
  scene = await setScene()
  network = scene.network
  first = (await getStandingValidators(network.rootChain(ALICE)))[0]!
  browser = await openBrowser()
}, 8 * PATIENCE_MS)

afterAll(async () => {
  await browser?.close()
  await network?.stop()
}, PATIENCE_MS)

const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
const open = (page: Page, view: string) =>
  page.getByRole('navigation').getByRole('link', { name: view, exact: true }).click()

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `stake-${name}.png`), fullPage: true })
}

async function saysEventually(page: Page, panel: string, words: RegExp): Promise<void> {
  const text = () => region(page, panel).textContent()
  await expect.poll(text, { timeout: PATIENCE_MS }).toMatch(words)
}

/** What a row of the votes says: its name, now, next, in the end. */
const voteRow = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })

const showsEventually = (page: Page, name: string, words: RegExp) =>
  expect.poll(() => voteRow(page, name).textContent(), { timeout: PATIENCE_MS }).toMatch(words)

const deedSays = (page: Page, words: RegExp) =>
  expect.poll(() => page.getByTestId('deed').textContent(), { timeout: PATIENCE_MS }).toMatch(words)

describe('the staking page', { timeout: 4 * PATIENCE_MS }, () => {
  it('takes a first visitor from nothing to stake that earns, over to another validator, and on its way out', async () => {
    newcomer = await visit(browser, network.pageUrl, 'desk', 'dark')
    const { page } = newcomer
    await saysEventually(page, 'Validators', /active51,000 OMG/)
    await saysEventually(page, 'Validators', /Dave & daughters.*active1,100 OMG/)
    const dialog = page.getByRole('dialog')
    const delegate = page.getByRole('button', { name: /^Delegate to 0x/ })

    // By keys alone: the dialog takes the focus, gives it back, and asks for an account first.
    await delegate.focus()
    await page.keyboard.press('Enter')
    await dialog.getByText('First, an account.').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => delegate.evaluate(it => it === document.activeElement)).toBe(true)
    await page.keyboard.press('Enter')
    await dialog.getByRole('button', { name: 'Create an account' }).click()
    await dialog.getByText('of 500').waitFor({ timeout: PATIENCE_MS })
    await dialog.getByLabel('Amount').fill('501')
    await dialog.getByText('There are 500 OMG.').waitFor()
    await dialog.getByLabel('Amount').fill('200')
    expect(await accessibilityProblems(page)).toEqual([])
    await picture(page, 'delegate')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached', timeout: PATIENCE_MS })
    await deedSays(page, /200 OMG delegated to/)
    await saysEventually(page, 'Your account', /To stake300 OMG.*Staked200 OMG/)
    await saysEventually(page, 'Validators', /active51,200 OMG/)
    expect(await movedBy(page)).toBeLessThan(0.1)
    await open(page, 'Your stake')
    expect(await region(page, 'Rewards').textContent()).toContain('Nothing to claim')
    await region(page, 'Staked')
      .getByRole('button', { name: /^Change the stake/ })
      .click()
    await dialog.getByText('Move', { exact: true }).click()
    await dialog.getByLabel('Amount').fill('80')
    await dialog.getByRole('button', { name: 'Move' }).click()
    await dialog.waitFor({ state: 'detached', timeout: PATIENCE_MS })
    await saysEventually(
      page,
      'Staked',
      /Dave & daughters.*(until after the next set|for \d+ (s|min)|free to move).*80 OMG/,
    )
    await region(page, 'Staked')
      .getByRole('button', { name: /^Change the stake with 0x/ })
      .click()
    await dialog.getByLabel('Amount').fill('50.5')
    await dialog.getByRole('button', { name: 'Take out' }).click()
    await dialog.waitFor({ state: 'detached', timeout: PATIENCE_MS })
    await saysEventually(page, 'Leaving', /50\.5 OMG(in \d+ (s|min)|now)/)
    await saysEventually(page, 'What you did', /taken out.*50\.5 OMG.*moved.*80 OMG.*staked.*200 OMG/)
    // docs/images/stake.png
    await picture(page, 'own')

    // What this browser keeps is there again.
    await page.reload()
    await saysEventually(page, 'Your account', /To stake300 OMG/)
    expect(newcomer.complaints).toEqual([])
  })

  it('takes a wallet that was on another chain, and votes on every number with what would come of it', async () => {
    const { ethereumUrl } = network.up.facts
    let wallet!: TestWallet
    const found = await visit(browser, network.pageUrl, 'desk', 'light', async page => {
      wallet = await putWallet(page, ethereumUrl, addressOf(ALICE))
    })
    const { page } = found
    walletHolder = { ...found, wallet }
    const connect = page.getByRole('button', { name: 'Test Wallet' })
    wallet.refuse(true)
    await connect.click()
    await deedSays(page, /Not confirmed/)
    wallet.refuse(false)
    await connect.click()
    await saysEventually(page, 'Your account', /Test Wallet.*Staked50,000 OMG/)
    expect(wallet.asked).toContain('wallet_addEthereumChain')

    await open(page, 'Fees')
    const vote = page.getByRole('button', { name: 'Vote', exact: true })
    await page.getByLabel('Your vote: Taker, guarded').fill('2')
    await page.getByText('What is red may not be voted for').waitFor()
    expect(await vote.isDisabled()).toBe(true)
    for (const [name, text] of Object.entries(WISHES)) await page.getByLabel(`Your vote: ${name}`).fill(text)
    await page.getByLabel('Your vote: Fees in TUSD accepted').uncheck()
    await showsEventually(page, 'Taker, guarded', /0\.05 %0\.06 %0\.09 %/)
    await showsEventually(page, 'Item in ETH', /0\.000002 ETH0\.0000025 ETH0\.000003 ETH/)
    await showsEventually(page, 'Steps', /32 40 48 /)
    await showsEventually(page, 'Fees in TUSD', /accepted not accepted not accepted/)
    await page.getByText(/fees come to rest after 4 epochs/).waitFor()
    await picture(page, 'fees')

    // The wallet has gone elsewhere meanwhile: it is brought back before it is asked to send.
    wallet.leave()
    wallet.refuse(true)
    await vote.click()
    await deedSays(page, /Not confirmed/)
    wallet.refuse(false)
    await vote.click()
    await deedSays(page, /Your vote stands/)
    await expect
      .poll(() => paidRow(page, 'Taker, guarded'), { timeout: PATIENCE_MS, interval: 1_000 })
      .toMatch(/^Taker, guarded.*?0\.0[6-9] %/)
    await page.getByRole('button', { name: 'Follow the validator' }).click()
    await deedSays(page, /follows its validator/)
    expect(found.complaints).toEqual([])
  })

  it('shows a slash, whom it hit, and who is in jail', async () => {
    const { page, wallet } = walletHolder
    await doubleVote(scene)
    await open(page, 'Slashes')
    await saysEventually(page, 'Slashes and jail', /jailed.*Dave & daughters/)
    // 5 % of 1,100 of his own and 80 that had moved to him.
    await saysEventually(
      page,
      'Slashes and jail',
      /slashed.*5\.00 % of all that answered for set \d+: \d+(\.\d+)? OMG/,
    )
    await picture(page, 'slashes')
    await page
      .getByRole('link', { name: /Dave & daughters/ })
      .first()
      .click()
    await saysEventually(page, 'Validator', /jailed, (.*left|may leave)/)
    await saysEventually(page, 'Uptime', /0\.0 %/)
    expect(await page.getByRole('button', { name: 'Delegate' }).isDisabled()).toBe(true)
    expect(await accessibilityProblems(page)).toEqual([])
    await picture(page, 'validator')

    await open(newcomer.page, 'Your stake')
    await saysEventually(newcomer.page, 'Staked', /Dave & daughters.*jailed.*7\d(\.\d+)? OMG/)

    await wallet.choose(page, addressOf(DAVE))
    await saysEventually(page, 'Your validator', /in jail.*(It can leave in|Its term is over)/)
  })

  it('says so when Ethereum does not answer, keeps what it knew, and goes on by itself', async () => {
    const { page } = newcomer
    const ethereum = `${network.up.facts.ethereumUrl}/**`
    await page.route(ethereum, route => route.abort('connectionrefused'))
    await expect
      .poll(() => page.getByTestId('connection').textContent(), { timeout: PATIENCE_MS })
      .toBe('reconnecting')
    await deedSays(page, /Ethereum does not answer/)
    await saysEventually(page, 'Leaving', /50\.5 OMG/)
    await page.unroute(ethereum)
    await expect
      .poll(() => page.getByTestId('connection').textContent(), { timeout: PATIENCE_MS })
      .toBe('live')

    const late = await visit(browser, network.pageUrl, 'phone', 'dark', visitor =>
      visitor.route(ethereum, route => route.abort('connectionrefused')),
    )
    await late.page.getByText('The network does not answer').waitFor({ timeout: PATIENCE_MS })
    expect(await accessibilityProblems(late.page)).toEqual([])
    await late.page.unroute(ethereum)
    await saysEventually(late.page, 'Validators', /active/)
    await late.context.close()

    const lost = await visit(browser, network.pageUrl, 'desk', 'light', visitor =>
      visitor.route('**/place.json', route => route.fulfill({ status: 404 })),
    )
    await lost.page.getByText('The page does not know its network').waitFor({ timeout: PATIENCE_MS })
    await lost.context.close()
  })

  it.each<[Screen, Scheme]>([
    ['desk', 'light'],
    ['desk', 'dark'],
    ['phone', 'light'],
    ['phone', 'dark'],
  ])('can be used by everybody: %s, %s', async (screen, scheme) => {
    const { page, context, complaints } = await visit(browser, network.pageUrl, screen, scheme)
    await saysEventually(page, 'Validators', /active/)
    expect(await movedBy(page)).toBeLessThan(0.1)
    for (const [view, panel] of Object.entries(PANELS)) {
      await open(page, view)
      await region(page, panel).waitFor({ timeout: PATIENCE_MS })
      expect(await accessibilityProblems(page)).toEqual([])
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow).toBeLessThanOrEqual(0)
      await picture(page, `${panel.toLowerCase().replaceAll(' ', '-')}-${screen}-${scheme}`)
    }
    expect(complaints).toEqual([])
    await context.close()
  })

  it('pays out rewards and what has left, and lets a validator out of jail, when their time has come', async () => {
    const { page, wallet } = walletHolder
    const amount = 10n ** 18n
    await wallet.choose(page, addressOf(ALICE))
    await bringRewards(network, { validator: first, delegator: addressOf(ALICE), amount })
    await open(page, 'Your stake')
    await saysEventually(page, 'Rewards', /0\.\d+ ETH/)
    await picture(page, 'rewards')
    await region(page, 'Rewards')
      .getByRole('button', { name: /^Claim the ETH/ })
      .first()
      .click()
    await deedSays(page, /0\.\d+ ETH are yours/)

    await passAnvilTime(network.up.facts.ethereumUrl, network.deployment.parameters.unbondingDelay)
    const leaving = region(newcomer.page, 'Leaving')
    await expect
      .poll(() => leaving.getByRole('button', { name: 'Withdraw' }).isEnabled(), { timeout: PATIENCE_MS })
      .toBe(true)
    await leaving.getByRole('button', { name: 'Withdraw' }).click()
    await saysEventually(newcomer.page, 'Your account', /To stake350\.5 OMG/)
    await saysEventually(newcomer.page, 'Leaving', /Nothing is on its way out/)

    await wallet.choose(page, addressOf(DAVE))
    const leave = region(page, 'Your validator').getByRole('button', { name: 'Leave jail' })
    await expect.poll(() => leave.isEnabled(), { timeout: PATIENCE_MS }).toBe(true)
    await leave.click()
    await deedSays(page, /Your validator is out of jail/)
    await open(page, 'Slashes')
    await saysEventually(page, 'Slashes and jail', /out of jail.*Dave & daughters/)
  })

  it('lets the owner of a validator say who she is, and what she keeps', async () => {
    const { page } = walletHolder
    await page
      .getByRole('link', { name: /Dave & daughters/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'Name and commission' }).click()
    const dialog = page.getByRole('dialog')
    const save = dialog.getByRole('button', { name: 'Save' })
    expect(await save.isDisabled()).toBe(true)
    await dialog.getByLabel('Commission').fill('51')
    await dialog.getByText('At most 50 %.').waitFor()
    await dialog.getByLabel('Commission').fill('0.75')
    await dialog.getByLabel('Name, address, contact').fill('Dave & grandchildren')
    expect(await accessibilityProblems(page)).toEqual([])
    await picture(page, 'profile')
    await save.click()
    await dialog.waitFor({ state: 'detached', timeout: PATIENCE_MS })
    await saysEventually(page, 'Validator', /Dave & grandchildren/)
    await expect.poll(() => page.locator('main').textContent(), { timeout: PATIENCE_MS }).toMatch(/0\.75 %/)
  })
})

/** Of each kind of number one. */
const WISHES = {
  'Taker, guarded': '0.09',
  'Maker, safe': '0',
  'Item in ETH': '0.000003',
  Steps: '48',
  Cancels: '200',
}

/** The views by their links, with a panel that each has. */
const PANELS = {
  Validators: 'Validators',
  'Your stake': 'Staked',
  Fees: 'Vote on the fees',
  Slashes: 'Slashes and jail',
}

/** A row of the votes after one more block: without one no epoch begins. */
async function paidRow(page: Page, name: string): Promise<string | null> {
  await pay(network)
  return voteRow(page, name).textContent()
}
