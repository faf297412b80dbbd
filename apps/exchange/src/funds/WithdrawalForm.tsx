import { type Address, MAX_INPUTS, ZERO_ADDRESS } from '@omg/protocol'
import { durationText } from '@omg/sdk'
import { Button } from '@omg/ui/control/Button.tsx'
import { Choice, Field } from '@omg/ui/control/Field.tsx'
import { type ReactNode, useState } from 'react'
import { useAccount } from '../account/context.ts'
import { useNetwork } from '../data/network.ts'
import { shortly, typed, unitsIn } from '../ticket/amount.ts'
import { useEthereumMoney } from './ethereumMoney.ts'
import { MostButton } from './MostButton.tsx'
import type { Transfer, Withdrawal } from './transfer.ts'

/** Outputs of a trading balance that one payment can take; one input pays the fee. */
const MAX_TAKEN = MAX_INPUTS - 1

/** From the account to Ethereum. */
export function WithdrawalForm({ onBegin }: { onBegin: (transfer: Transfer) => void }) {
  const { account, tokens, money, owner, holdings, agent } = useAccount()
  const { place, parameters } = useNetwork()
  const ethereum = useEthereumMoney(account?.address, tokens)
  const [chosen, setChosen] = useState<Address>()
  const [source, setSource] = useState<Withdrawal['source']>('trading')
  const [text, setText] = useState('')
  if (place.ethereum === undefined)
    return <p className="text-sm text-quiet">This page knows no Ethereum to withdraw to.</p>
  if (!account || !money || !parameters) return <p className="text-sm text-quiet">Looking up your money…</p>
  const withMoney = money.filter(({ coin, trading }) => coin > 0n || trading > 0n)
  const own = withMoney.find(({ token }) => token.address === chosen) ?? withMoney[0]
  if (!own)
    return (
      <p className="text-sm text-quiet">
        There is nothing to withdraw. Money in open orders comes back when you cancel them.
      </p>
    )
  const { token } = own
  const feeToken = parameters.feeTokens.find(each => each.token === token.address)
  const fee = feeToken && feeToken.accepted !== false ? feeToken.fees.payment : 0n
  const free = source === 'coin' ? own.coin : tradingOf(token.address)
  const most = free > fee ? free - fee : 0n
  const amount = unitsIn(typed(text), token.decimals)
  const problem = problemWith()

  /** What one payment can take of the trading balance. */
  function tradingOf(address: Address): bigint {
    const balance = holdings?.trading.find(
      each => each.token === address && each.terms.agent === agent?.address,
    )
    const outputs = [...(balance?.outputs ?? [])]
      .sort((a, b) => (a.amount < b.amount ? 1 : -1))
      .slice(0, MAX_TAKEN)
    return outputs.reduce((sum, each) => sum + each.amount, 0n)
  }

  function problemWith(): string | undefined {
    if (text.trim() === '') return undefined
    if (amount === undefined) return `Type a number with at most ${token.decimals} digits behind the point`
    const dust = feeToken?.dust ?? 0n
    if (amount === 0n || amount < dust)
      return `At least ${shortly(dust > 0n ? dust : 1n, token.decimals)} ${token.symbol}`
    if (amount > most) return `You have ${shortly(most, token.decimals)} ${token.symbol} there, less the fee`
    if (most - amount > 0n && most - amount < dust)
      return 'Too little would stay: withdraw a bit less, or all of it'
    return undefined
  }

  const begin = () => {
    if (amount === undefined || amount === 0n || problem !== undefined) return
    onBegin({
      ...{ kind: 'withdrawal', id: crypto.randomUUID(), token: token.address, amount, created: Date.now() },
      ...{ stage: 'paying', source, problem: undefined, payment: undefined, output: undefined },
      ...{ checkpoint: undefined, exitableAt: undefined, started: undefined, paid: undefined },
    })
    setText('')
  }

  const period = BigInt(parameters.deployment.parameters.minFinalizationPeriod)
  const ether = ethereum?.held.get(ZERO_ADDRESS)
  const isShort = ethereum !== undefined && ether !== undefined && ether <= ethereum.bond
  return (
    <form
      className="grid gap-3"
      aria-label="Withdraw"
      onSubmit={event => {
        event.preventDefault()
        begin()
      }}
    >
      <div className="grid grid-cols-2 gap-3">
        <Choice
          label="Token"
          value={token.address}
          options={withMoney.map(each => [each.token.address, each.token.symbol] as const)}
          onChange={address => {
            setChosen(address)
            setText('')
          }}
        />
        <Choice
          label="From"
          value={source}
          options={[
            ['trading', 'trading money'],
            ['coin', 'coins'],
          ]}
          onChange={setSource}
        />
      </div>
      <Field
        label="Amount"
        note={<MostButton most={most} token={token} onTake={setText} />}
        unit={token.symbol}
        value={text}
        problem={problem}
        onChange={setText}
        testId="withdraw-amount"
      />
      <dl className="grid gap-1 text-sm">
        <Fact name="Takes about">
          {durationText(period)} to {durationText(2n * period)}
        </Fact>
        <Fact name="Fee here">
          {fee === 0n ? 'paid in another token' : `${shortly(fee, token.decimals)} ${token.symbol}`}
        </Fact>
        <Fact name="Set aside on Ethereum, comes back">
          {ethereum ? `${shortly(ethereum.bond, 18)} ETH` : '…'}
        </Fact>
      </dl>
      {isShort ? (
        <p className="rounded-lg bg-wait/10 px-3 py-2 text-xs text-wait">
          You need a little ETH on Ethereum to start: you have {shortly(ether, 18)} ETH there.
        </p>
      ) : null}
      <Button
        type="submit"
        look="main"
        size="large"
        wide
        disabled={!owner || isShort || amount === undefined || amount === 0n || problem !== undefined}
        data-testid="withdraw-send"
      >
        Withdraw {text.trim() === '' ? '' : `${text} `}
        {token.symbol}
      </Button>
      <p className="text-xs text-quiet">
        It goes to <span className="font-mono">{account.address}</span> on Ethereum. The wait is there so that
        anybody can object to a false withdrawal: it is what keeps everybody's money safe.
      </p>
    </form>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-3">
      <dt className="text-quiet">{name}</dt>
      <dd className="text-right tabular-nums">{children}</dd>
    </div>
  )
}
