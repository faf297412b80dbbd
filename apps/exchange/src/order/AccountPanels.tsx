import { Tabs } from '@base-ui/react/tabs'
import type { Market } from '@omg/sdk'
import { useAccount } from '../account/context.ts'
import { ActivityPanel } from './ActivityPanel.tsx'
import { BalancesPanel } from './BalancesPanel.tsx'
import { FillsPanel } from './FillsPanel.tsx'
import { Empty } from './Grid.tsx'
import { HistoryPanel } from './HistoryPanel.tsx'
import { OpenOrders } from './OpenOrders.tsx'

/** What somebody has and did: open orders, fills, past orders, balances, activity. Fills the height that it is given. */
export function AccountPanels({ market }: { market: Market }) {
  const { account, holdings } = useAccount()
  const open = holdings?.orders.length ?? 0
  const panels = [
    [
      'orders',
      `Open orders${open > 0 ? ` (${open}${holdings?.hasMore ? '+' : ''})` : ''}`,
      <OpenOrders key="orders" />,
    ],
    ['balances', 'Balances', <BalancesPanel key="balances" quote={market.quote} />],
    ['fills', 'Fills', <FillsPanel key="fills" />],
    ['history', 'Past orders', <HistoryPanel key="history" />],
    ['activity', 'Activity', <ActivityPanel key="activity" />],
  ] as const
  return (
    <Tabs.Root defaultValue="orders" className="flex h-full min-h-0 flex-col" data-testid="panels">
      <Tabs.List
        aria-label="Your account"
        className="flex h-10 shrink-0 gap-4 pointer-coarse:h-11 overflow-x-auto border-b border-line px-4 text-sm"
      >
        {panels.map(([name, title]) => (
          <Tabs.Tab
            key={name}
            value={name}
            className="h-10 shrink-0 border-b-2 pointer-coarse:h-11 border-transparent font-medium whitespace-nowrap text-quiet outline-offset-[-2px] hover:text-ink data-[active]:border-accent data-[active]:text-ink"
          >
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {panels.map(([name, , panel]) => (
        <Tabs.Panel key={name} value={name} className="min-h-0 flex-1 overflow-y-auto outline-offset-[-2px]">
          {account ? panel : <Empty>Your orders and your money are here once you have an account.</Empty>}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  )
}
