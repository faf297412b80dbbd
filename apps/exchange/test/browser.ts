import chromium from '@sparticuz/chromium'
import axe from 'axe-core'
import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core'

/** Phones and desks on which the page is looked at. */
export const SCREENS = {
  desk: { viewport: { width: 1440, height: 900 }, isMobile: false, hasTouch: false },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
} as const
export type Screen = keyof typeof SCREENS
export type Scheme = 'dark' | 'light'

export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
    ],
  })
}

/** Milliseconds that a test waits for something: nothing is asserted on time. */
export const PATIENCE_MS = 120_000

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What the browser complained of: errors of scripts, and what the CSP forbade. */
  readonly complaints: readonly string[]
}

/** A fresh visitor. `prepare` is called before the page is opened: for what her browser has, or cannot reach. */
export async function visit(
  browser: Browser,
  url: string,
  screen: Screen,
  scheme: Scheme,
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Visit> {
  const context = await browser.newContext({
    ...SCREENS[screen],
    colorScheme: scheme,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  await page.addInitScript(() => {
    const moved = { sum: 0 }
    Object.assign(globalThis, { moved })
    new PerformanceObserver(list => {
      for (const entry of list.getEntries()) moved.sum += (entry as unknown as { value: number }).value
    }).observe({ type: 'layout-shift', buffered: true })
  })
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    // A connection that was cut on purpose is no complaint.
    if (message.type() === 'error' && !message.text().includes('ERR_CONNECTION'))
      complaints.push(message.text())
  })
  await prepare?.(page)
  await page.goto(url)
  return { page, context, complaints }
}

/** How much of the screen moved by itself so far, as browsers count it: up to 0.1 is called good. */
export function movedBy(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as unknown as { moved: { sum: number } }).moved.sum)
}

/** What axe finds against WCAG 2.2 A and AA, one line for each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Evaluated over the debugger, which the page's CSP does not concern.
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const { violations } = await axe.run(document, { runOnly: { type: 'tag', values: tags } })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
    )
  })
}
