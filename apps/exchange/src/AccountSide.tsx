import type { Market } from '@omg/sdk'
import type { ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { AccountMenu, AccountPanels, AccountProvider, FundsDialog, Ticket } from './account/index.ts'

/** The elements of the page in which the parts of the account stand. */
export interface AccountPlaces {
  readonly menu: Element | null
  readonly ticket: Element | null
  readonly panels: Element | null
}

interface AccountSideProps {
  readonly places: AccountPlaces
  readonly market: Market | undefined
  /** A price that was chosen in the book, in ticks. */
  readonly priceHint: bigint | undefined
}

/**
 * Whoever trades here, in her places on the page. It comes after the market, with what only a wallet needs: so prices are there at once,
 * and do not begin anew when it arrives.
 */
export default function AccountSide({ places, market, priceHint }: AccountSideProps) {
  const { menu, ticket, panels } = places
  return (
    <AccountProvider>
      {within(menu, <AccountMenu />)}
      {market ? within(ticket, <Ticket key={market.id} market={market} priceHint={priceHint} />) : null}
      {market ? within(panels, <AccountPanels market={market} />) : null}
      <FundsDialog />
    </AccountProvider>
  )
}

const within = (place: Element | null, part: ReactNode) => (place ? createPortal(part, place) : null)
