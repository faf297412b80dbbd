/** The account side of the trading page: who trades, with what, and what she does. All of it stands inside of `<AccountProvider>`. */
export { FundsDialog } from '../funds/FundsDialog.tsx'
export { AccountPanels } from '../order/AccountPanels.tsx'
export { OwnOrders } from '../order/OwnOrders.tsx'
export { Ticket } from '../ticket/Ticket.tsx'
export { AccountMenu } from './AccountMenu.tsx'
export { AccountProvider } from './AccountProvider.tsx'
