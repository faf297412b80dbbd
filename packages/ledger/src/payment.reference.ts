import { MAX_U64, type Output, ownerOfGuard, type Pay, packLanes } from '@omg/protocol'
import type { LedgerErrorCode } from './errors.ts'
import type { FeeTokenInForce, ParametersInForce } from './types.ts'

/** The rules of a PAY whose inputs are known, in plain words: the model that {@link PaymentRules} is tested against. */
export function checkPayment(
  { outputs }: Pay,
  inputs: readonly Output[],
  signers: readonly string[],
  { feeTokens }: ParametersInForce,
): { lanes: bigint; merge: boolean } | LedgerErrorCode {
  const all = [...inputs, ...outputs]
  if (inputs.some(({ type }) => type !== 'coin' && type !== 'item')) return 'input.type_inactive'

  const owners = [...new Set(inputs.map(({ guard }) => ownerOfGuard(guard)))]
  const differs = owners.findIndex((owner, i) => signers[i] !== owner)
  if (differs >= 0) return differs >= signers.length ? 'signature.missing' : 'signature.wrong_signer'
  if (signers.length > owners.length) return 'signature.wrong_signer'

  const feeTokenOf = (token: string) => feeTokens.find(fee => fee.token === token)
  const isDust = ({ type, token, amount }: Output) =>
    type === 'coin' && amount < (feeTokenOf(token)?.dust ?? 0n)
  if (outputs.some(isDust)) return 'output.dust'

  const items = (list: readonly Output[]) =>
    list.filter(({ type }) => type === 'item').map(({ token, amount }) => `${token}/${amount}`)
  if (items(inputs).sort().join() !== items(outputs).sort().join()) return 'transaction.unbalanced'

  const tokens = [...new Set(all.filter(({ type }) => type === 'coin').map(({ token }) => token))]
  const total = (list: readonly Output[], token: string) =>
    list.reduce(
      (total, output) => total + (output.type === 'coin' && output.token === token ? output.amount : 0n),
      0n,
    )
  const surplus = tokens.map(token => ({ token, fee: total(inputs, token) - total(outputs, token) }))
  if (surplus.some(({ fee }) => fee < 0n)) return 'transaction.unbalanced'

  const lanes: [bigint, bigint, bigint, bigint] = [0n, 0n, 0n, 0n]
  for (const { token, fee } of surplus.filter(({ fee }) => fee > 0n)) {
    const feeToken = feeTokenOf(token)
    if (!feeToken) return 'transaction.unbalanced'
    if (fee % feeToken.unit !== 0n) return 'fee.not_multiple'
    if (fee / feeToken.unit > MAX_U64) return 'transaction.overflow'
    lanes[feeToken.lane] = fee / feeToken.unit
  }
  const [only] = outputs
  const merge =
    inputs.length >= 2 &&
    outputs.length === 1 &&
    inputs.every(
      ({ type, guard, token }) =>
        type === 'coin' && only!.type === 'coin' && guard === only!.guard && token === only!.token,
    )
  const kind = items(inputs).length > 0 ? 'item' : 'payment'
  const pays = ({ lane }: FeeTokenInForce, fees: FeeTokenInForce['fees']) =>
    lanes[lane]! >= fees[kind] * BigInt(signers.length)
  const isDue = feeTokens.some(token => token.accepted && pays(token, token.fees))
  if (merge || isDue) return { lanes: packLanes(lanes), merge }
  const voted = feeTokens.filter(token => lanes[token.lane]! > 0n && pays(token, token.voted))
  if (voted.some(({ accepted }) => accepted)) return 'fee.congested'
  return voted.length > 0 ? 'fee.not_accepted' : 'fee.too_low'
}
