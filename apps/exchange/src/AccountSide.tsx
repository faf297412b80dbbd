import type { Market } from '@omg/sdk'
import type { ReactNode } from 'react'
import { createPortal } from 'react-dom'
import {
  AccountMenu,
  AccountPanels,
  AccountProvider,
  FundsDialog,
  OwnOrders,
  Ticket,
} from './account/index.ts'
import type { OwnOrder } from './market/ownOrders.ts'

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
  /** Told of the orders that are one's own in the market. */
  readonly onOwnOrders: (orders: readonly OwnOrder[]) => void
}

/**
 * Whoever trades here, in her places on the page. It comes after the market, with what only a wallet needs: so prices are there at once,
 * and do not begin anew when it arrives.
 */
export default function AccountSide({ places, market, priceHint, onOwnOrders }: AccountSideProps) {
  const { menu, ticket, panels } = places
  return (
    <AccountProvider>
      {within(menu, <AccountMenu />)}
      {market ? within(ticket, <Ticket key={market.id} market={market} priceHint={priceHint} />) : null}
      {market ? within(panels, <AccountPanels market={market} />) : null}
      {market ? <OwnOrders market={market} tell={onOwnOrders} /> : null}
      <FundsDialog />
    </AccountProvider>
  )
}

const within = (place: Element | null, part: ReactNode) => (place ? createPortal(part, place) : null)
