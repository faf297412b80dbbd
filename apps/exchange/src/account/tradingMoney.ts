import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import { networkNow, type OmgClient, type Token, type TradingBalance } from '@omg/sdk'
import { readHoldings } from './holdings.ts'
import { amountsToTrade, moneyOf } from './money.ts'

/**
 * Moves the coins of an account into the trading balance of its agent: one signature for all tokens. Coins that are seconds old, too: what
 * trades is not about to leave, so the in-flight exit that is given up for a minute (R5) is no loss.
 */
export async function moveCoins(owner: OmgClient, agent: Address, tokens: readonly Token[]): Promise<void> {
  const [holdings, { feeTokens }] = await Promise.all([
    readHoldings(owner, owner.address()),
    networkNow(owner),
  ])
  const amounts = amountsToTrade(moneyOf(tokens, holdings, agent), feeTokens)
  if (amounts.length === 0) return
  const { payment } = await owner.openTradingBalance({ amounts, agent, finality: 'fast' })
  await owner.waitForReceipt({ hash: payment.hash })
}

/** Gives an agent what other keys of the owner trade with: another browser's, or none. */
export async function takeOver(
  owner: OmgClient,
  agent: Address,
  trading: readonly TradingBalance[],
): Promise<void> {
  const others = trading.filter(({ terms }) => terms.agent !== agent)
  const agents = new Set(others.map(({ terms }) => terms.agent).filter(other => other !== ZERO_ADDRESS))
  for (const other of agents) await owner.revokeAgent({ agent: other, newAgent: agent })
  for (const { guard, token, terms } of others) {
    if (terms.agent !== ZERO_ADDRESS) continue
    const { payment } = await owner.closeTradingBalance({ balance: guard, token, finality: 'fast' })
    await owner.waitForReceipt({ hash: payment.hash })
  }
}
