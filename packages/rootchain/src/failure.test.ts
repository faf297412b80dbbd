import { OmgError } from '@omg/protocol'
import {
  BaseError,
  createPublicClient,
  custom,
  encodeErrorResult,
  type Hex,
  HttpRequestError,
  http,
  parseAbi,
  RpcRequestError,
  TimeoutError,
} from 'viem'
import { expect, it } from 'vitest'
import { airdropAbi, bondingAbi, omgTokenAbi } from './abi.ts'
import { RevertedError } from './error.ts'
import { failureOf } from './failure.ts'

const at = '0x00000000000000000000000000000000000000aa'
const [account, amount] = ['0x00000000000000000000000000000000000000bb', 500n] as const

/** How a call to a contract fails, as viem throws it, where the endpoint answers like this. */
async function failed(answer: () => unknown): Promise<unknown> {
  const ethereum = createPublicClient({
    transport: custom({ request: async () => answer() }, { retryCount: 0 }),
  })
  const call = { address: at, abi: airdropAbi, functionName: 'token' } as const
  return failureOf(await ethereum.readContract(call).then(String, error => error))
}

const reverting = (data: Hex) => () => {
  const error = { code: 3, message: 'execution reverted', data }
  throw new RpcRequestError({ body: {}, url: 'http://127.0.0.1', error })
}

it.each([
  [bondingAbi, 'StillLiable', [0n], /moved lately.* \[StillLiable\(0\)\]/],
  [
    omgTokenAbi,
    'ERC20InsufficientBalance',
    [account, amount, 501n],
    /Not enough .*\[ERC20Insuff.*, 500, 501\)\]/,
  ],
  [parseAbi(['error ERC721NonexistentToken(uint256)']), 'ERC721NonexistentToken', [7n], /no such item/],
  [
    parseAbi(['error Panic(uint256)']),
    'Panic',
    [0x11n],
    /a number gets too large or too small \[Panic\(17\)\]/,
  ],
  [parseAbi(['error Error(string)']), 'Error', ['not\ntoday'], /refused by the contract: "not\\ntoday"/],
] as const)(
  'names how a contract refuses that another one asked: %#',
  async (abi, errorName, args, words) => {
    const data = encodeErrorResult({ abi, errorName, args } as never)
    const error = await failed(reverting(data))
    expect(error).toBeInstanceOf(RevertedError)
    expect(error).toMatchObject({ code: 'ethereum.reverted', reason: errorName, arguments: args })
    expect((error as Error).message).toMatch(words)
  },
)

it('keeps the selector of an error that nobody here knows, and says where there is no reason', async () => {
  expect(await failed(reverting('0x12345678'))).toMatchObject({ reason: '0x12345678' })
  expect(await failed(reverting('0x'))).toMatchObject({
    reason: 'unknown',
    message: 'token was refused by the contract: it gives no reason',
  })
})

it('tells an endpoint that is away from one that answers no', async () => {
  const away = [
    new HttpRequestError({ url: 'http://127.0.0.1' }),
    new TimeoutError({ body: {}, url: 'http://127.0.0.1' }),
  ]
  for (const cause of away) {
    const error = await failed(() => {
      throw cause
    })
    expect(error).toMatchObject({ code: 'ethereum.unavailable', message: 'no Ethereum endpoint answers' })
  }
  const limited = new HttpRequestError({ url: 'http://127.0.0.1', status: 429 })
  expect(failureOf(limited)).toMatchObject({ message: 'no Ethereum endpoint answers: HTTP 429' })
  const refused = { code: -32_601, message: 'the method is not there' }
  const no = new RpcRequestError({ body: {}, url: 'http://127.0.0.1', error: refused })
  expect(failureOf(no)).toMatchObject({ code: 'ethereum.refused', message: 'the method is not there' })
})

it('finds nobody at a closed port away', async () => {
  const ethereum = createPublicClient({ transport: http('http://127.0.0.1:1', { retryCount: 0 }) })
  const error = await ethereum.getBlockNumber().catch(failureOf)
  expect(error).toMatchObject({ code: 'ethereum.unavailable' })
})

it.each(['0x', '0x01'] as const)('tells another contract by its answer %s', async answer => {
  const error = await failed(() => answer)
  expect(error).toMatchObject({
    code: 'ethereum.other_contract',
    message: `there is no contract at ${at} with the function token`,
  })
})

it('leaves what has nothing to do with Ethereum as it is', () => {
  const errors = [new OmgError('a.b', 'c', 'd'), new TypeError('bug'), new BaseError('bug'), undefined]
  for (const error of errors) expect(failureOf(error)).toBe(error)
})
