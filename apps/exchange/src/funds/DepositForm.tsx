import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import { Button } from '@omg/ui/control/Button.tsx'
import { Choice, Field, Tick } from '@omg/ui/control/Field.tsx'
import { useState } from 'react'
import { useAccount } from '../account/context.ts'
import { useNetwork } from '../data/network.ts'
import { shortly, typed, unitsIn } from '../ticket/amount.ts'
import { useEthereumMoney } from './ethereumMoney.ts'
import { MostButton } from './MostButton.tsx'
import type { Transfer } from './transfer.ts'

/** Wei that stay on Ethereum for fees when all ETH is deposited. */
const KEPT_FOR_FEES = 10n ** 16n

/** From Ethereum to the account. */
export function DepositForm({ onBegin }: { onBegin: (transfer: Transfer) => void }) {
  const { account, tokens, owner } = useAccount()
  const { place } = useNetwork()
  const money = useEthereumMoney(account?.address, tokens)
  const [chosen, setChosen] = useState<Address>()
  const [text, setText] = useState('')
  const [trade, setTrade] = useState(true)
  const token = tokens.find(({ address }) => address === chosen) ?? tokens[0]
  if (place.ethereum === undefined)
    return <p className="text-sm text-quiet">This page knows no Ethereum to deposit from.</p>
  if (!token || !account) return null
  const held = money?.held.get(token.address)
  const most =
    held === undefined ? undefined : token.address === ZERO_ADDRESS ? above(held, KEPT_FOR_FEES) : held
  const amount = unitsIn(typed(text), token.decimals)
  const problem = problemWith()

  function problemWith(): string | undefined {
    if (text.trim() === '') return undefined
    if (amount === undefined) return `Type a number with at most ${token!.decimals} digits behind the point`
    if (amount === 0n) return 'More than nothing'
    if (held !== undefined && amount > held)
      return `You have ${shortly(held, token!.decimals)} ${token!.symbol} on Ethereum`
    return undefined
  }

  const begin = () => {
    if (amount === undefined || amount === 0n || problem !== undefined) return
    onBegin({
      ...{ kind: 'deposit', id: crypto.randomUUID(), token: token.address, amount, created: Date.now() },
      ...{ stage: 'sending', trade, problem: undefined },
      ...{ since: undefined, output: undefined, transaction: undefined, block: undefined },
    })
    setText('')
  }

  return (
    <form
      className="grid gap-3"
      aria-label="Deposit"
      onSubmit={event => {
        event.preventDefault()
        begin()
      }}
    >
      <Choice
        label="Token"
        value={token.address}
        options={tokens.map(({ address, symbol }) => [address, symbol] as const)}
        onChange={address => {
          setChosen(address)
          setText('')
        }}
      />
      <Field
        label="Amount"
        note={
          most === undefined ? (
            'looking at Ethereum…'
          ) : (
            <MostButton most={most} token={token} onTake={setText} />
          )
        }
        unit={token.symbol}
        value={text}
        problem={problem}
        onChange={setText}
        testId="deposit-amount"
      />
      <Tick label="Ready to trade when it arrives" checked={trade} onChange={setTrade} />
      <Button
        type="submit"
        look="main"
        size="large"
        wide
        disabled={!owner || amount === undefined || amount === 0n || problem !== undefined}
        data-testid="deposit-send"
      >
        Deposit {text.trim() === '' ? '' : `${text} `}
        {token.symbol}
      </Button>
      <p className="text-xs text-quiet">
        It comes from <span className="font-mono">{account.address}</span> on Ethereum, and counts here once
        Ethereum's block is final. Ethereum takes a fee in ETH.
      </p>
    </form>
  )
}

const above = (amount: bigint, kept: bigint) => (amount > kept ? amount - kept : 0n)
