import { demoClient } from '../devnet/funding.ts'
import type { RunningNetwork } from '../devnet/network.ts'
import { testMoney } from '../devnet/testMoney.ts'
import { Faucet } from '../faucet/faucet.ts'
import { faucetHandler } from '../faucet/handler.ts'
import { FAUCET_PATH, isBuilt, PAGES, type Pages, pageFolder, servePages } from './pages.ts'

/** A network with its web pages; none where they are not wanted. */
export type ServedNetwork = RunningNetwork & { readonly pages: Pages | undefined }

/** What the faucet gives to each address. */
const GIFTS = {
  coins: { ETH: '2', TUSD: '10000', TBTC: '0.1', TGLD: '5' },
  ethereum: { ETH: '1', TUSD: '1000' },
  /** OMG wei, to delegate. */
  omg: 500n * 10n ** 18n,
} as const

/** Serves the pages that set-up has built, those with accounts with a faucet. Errors (thrown): `network.port`. */
export function serveSite(
  network: RunningNetwork,
  port: number,
  tell: (line: string) => void,
): Promise<Pages> {
  const { deployment, nodeUrl, indexerUrl, ethereumUrl } = network
  const faucet = new Faucet({
    client: demoClient('faucet', network),
    coins: testMoney(deployment, GIFTS.coins),
    ethereum: [...testMoney(deployment, GIFTS.ethereum), { token: deployment.omgToken, amount: GIFTS.omg }],
    tell,
  })
  const built = PAGES.filter(name => isBuilt(pageFolder(name)))
  const pages = Object.fromEntries(
    built.map(name => {
      const handlers = name !== 'explorer' ? { [FAUCET_PATH]: faucetHandler(faucet) } : {}
      return [name, { folder: pageFolder(name), handlers }]
    }),
  )
  return servePages({ pages, nodeUrl, indexerUrl, ethereumUrl, port })
}
