/** Who is in the crowd, and what each has to trade with. */
import type { LadderPlan } from './ladder.ts'

/** What everybody thinks a token is worth in test dollars, in the long run, and sizes of orders in tokens. */
export const ASSETS = {
  ETH: { anchor: '2500', near: '0.4', deep: '2.5', taken: '0.8' },
  TBTC: { anchor: '64000', near: '0.016', deep: '0.09', taken: '0.03' },
  TGLD: { anchor: '2400', near: '0.4', deep: '2', taken: '0.7' },
} as const
export type AssetName = keyof typeof ASSETS
export const ASSET_NAMES = Object.keys(ASSETS) as AssetName[]

/** Amounts by symbol, as people write them. */
export type Endowment = Readonly<Record<string, string>>

interface Sort {
  /** Also the name of the account in the log. */
  readonly name: string
  readonly endowment: Endowment
}

export type Person = Sort &
  (
    | {
        readonly role: 'maker'
        readonly asset: AssetName
        readonly size: 'near' | 'deep'
        readonly plan: LadderPlan
        /** Milliseconds between two looks at the market. */
        readonly pause: number
      }
    | { readonly role: 'taker' | 'arbitrageur'; readonly pause: number }
    | { readonly role: 'payer'; readonly pause: number }
  )

const NEAR = { halfSpreadBps: 2, gridBps: 2, levels: 8 } as const
const DEEP = { halfSpreadBps: 25, gridBps: 15, levels: 6 } as const
const ALL: Endowment = { ETH: '12', TBTC: '0.5', TGLD: '12', TUSD: '90000' }

const makers = ASSET_NAMES.flatMap((asset): Person[] => {
  const amount = { ETH: '40', TBTC: '1.6', TGLD: '40' }[asset]
  const endowment = { [asset]: amount, TUSD: '100000' }
  const role = { role: 'maker', asset, endowment } as const
  return [
    { ...role, name: `${asset} maker`, size: 'near', plan: NEAR, pause: 2_500 },
    { ...role, name: `${asset} deep maker`, size: 'deep', plan: DEEP, pause: 9_000 },
  ]
})

/** The makers first: without them nobody else has anything to do. Their places give them their accounts, so add behind the last. */
export const PEOPLE: readonly Person[] = [
  ...makers,
  { role: 'taker', name: 'first taker', endowment: ALL, pause: 1_300 },
  { role: 'taker', name: 'second taker', endowment: ALL, pause: 1_900 },
  { role: 'arbitrageur', name: 'arbitrageur', endowment: ALL, pause: 2_000 },
  { role: 'payer', name: 'payer', endowment: { TUSD: '20000' }, pause: 8_000 },
]
