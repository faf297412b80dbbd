import { createBrowserAccount } from '@omg/ui/account/accounts.ts'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { Button } from '@omg/ui/control/Button.tsx'
import { type Step, Steps } from '@omg/ui/control/Steps.tsx'
import { useNetwork } from '../data/network.ts'
import { type AccountValue, START_STEPS, type StartStep, useAccount } from './context.ts'
import { amountsToTrade } from './money.ts'

/** From nothing to money that trades: offered where the order button will be, and gone when there is nothing left to do. */
export function FirstSteps() {
  const account = useAccount()
  const { place } = useNetwork()
  const { start } = account
  if (!account.ready) return null
  const isUnderWay = start !== undefined && start.step !== 'ready' && start.problem === undefined
  if (isUnderWay) return <Progress step={start.step as StartStep} />
  return (
    <>
      {start?.problem ? <ProblemNote problem={start.problem} /> : null}
      <Offer account={account} hasFaucet={place.faucet !== undefined} />
    </>
  )
}

function Offer({ account, hasFaucet }: { account: AccountValue; hasFaucet: boolean }) {
  const { show, begin, money, moveToTrading, getTestMoney, owner } = account
  const { parameters } = useNetwork()
  if (!account.account) {
    return (
      <div className="grid gap-2 rounded-xl border border-accent/40 bg-accent/5 p-3.5">
        <p className="text-sm font-semibold">New here? Trade in a minute.</p>
        <p className="text-xs text-quiet">
          {hasFaucet
            ? 'You get an account in this browser and test money. No e-mail, no installation.'
            : 'You get an account in this browser. No e-mail, no installation.'}
        </p>
        <Button
          look="main"
          size="large"
          wide
          onClick={() => void begin(createBrowserAccount)}
          data-testid="start"
        >
          {hasFaucet ? 'Start with test money' : 'Create an account'}
        </Button>
        <Button look="quiet" size="small" onClick={() => show('welcome')}>
          Passkey, wallet, or an account you have
        </Button>
      </div>
    )
  }
  if (!owner) {
    return (
      <p className="rounded-lg bg-wait/10 px-3 py-2 text-sm text-wait">
        Your wallet is not there. Unlock it, or switch its extension on, and load the page again.
      </p>
    )
  }
  if (!money) return <p className="text-sm text-quiet">Looking up your money…</p>
  if (money.some(({ trading }) => trading > 0n)) return null
  const isElsewhere = money.some(({ elsewhere }) => elsewhere > 0n)
  const movable = isElsewhere || amountsToTrade(money, parameters?.feeTokens ?? []).length > 0
  // All of it is in orders.
  if (!movable && money.some(({ inOrders }) => inOrders > 0n)) return null
  return (
    <div className="grid gap-2 rounded-xl border border-accent/40 bg-accent/5 p-3.5">
      <p className="text-sm font-semibold">{movable ? 'Ready to trade?' : 'Your account is empty.'}</p>
      {movable ? (
        <>
          <p className="text-xs text-quiet">
            {isElsewhere
              ? 'Your money is with the key of another browser. Take it over: that key can do nothing any more, and its open orders are taken back.'
              : 'Move your money to trading: then orders need no further confirmation. You can take it back at any time.'}
          </p>
          <Button look="main" wide onClick={() => void moveToTrading()} data-testid="move-to-trading">
            {isElsewhere ? 'Take it over' : 'Move to trading'}
          </Button>
        </>
      ) : null}
      {hasFaucet ? (
        <Button
          look={movable ? 'plain' : 'main'}
          wide
          onClick={() => void getTestMoney()}
          data-testid="get-test-money"
        >
          Get test money
        </Button>
      ) : null}
      <Button look="plain" wide onClick={() => show('deposit')}>
        Deposit from Ethereum
      </Button>
    </div>
  )
}

const NAMES: Record<StartStep, string> = {
  account: 'Your account is made',
  faucet: 'Test money is asked for',
  arriving: 'It arrives on the network',
  trading: 'It is made ready to trade',
}

function Progress({ step }: { step: StartStep }) {
  const now = START_STEPS.indexOf(step)
  const steps: Step[] = START_STEPS.map((name, index) => {
    return { name: NAMES[name], state: index < now ? 'done' : index === now ? 'now' : 'later' }
  })
  return (
    <div role="status" className="rounded-xl border border-line bg-ground p-3.5" data-testid="progress">
      <Steps label="First steps" steps={steps} />
    </div>
  )
}
