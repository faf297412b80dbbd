import type { Hex } from '@omg/protocol'
import { decodeFunctionData, getAbiItem, toFunctionSelector } from 'viem'
import { standardExitsAbi } from '../abi.ts'
import type { Creator } from '../actions/evidence.ts'
import type { RootChain } from '../client.ts'

const START_EXIT = toFunctionSelector(getAbiItem({ abi: standardExitsAbi, name: 'startExit' })).slice(2)

/** Calls looked at in one transaction: more exits than one block of Ethereum has gas for. */
export const MAX_SHOWN_CREATORS = 64

/**
 * The creators shown by a transaction that starts standard exits: by calling the exit game itself, or by carrying the
 * whole call inside another one, as batches and smart accounts do. Whoever uses them compares their hashes: anybody can
 * write such bytes. A contract that puts the call together by itself shows nothing.
 */
export async function getShownCreators(
  { ethereum }: Pick<RootChain, 'ethereum'>,
  { transactionHash }: { transactionHash: Hex },
): Promise<Creator[]> {
  const { input } = await ethereum.getTransaction({ hash: transactionHash })
  const creators: Creator[] = []
  let at = input.indexOf(START_EXIT)
  for (let seen = 0; at >= 0 && seen < MAX_SHOWN_CREATORS; seen++) {
    const creator = at % 2 === 0 ? creatorIn(`0x${input.slice(at)}`) : undefined
    if (creator !== undefined) creators.push(creator)
    at = input.indexOf(START_EXIT, at + 1)
  }
  return creators
}

/** The creator in a call of `startExit`, whatever follows it; undefined where the bytes are none. */
function creatorIn(call: Hex): Creator | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: standardExitsAbi, data: call })
    return functionName === 'startExit' ? args[0] : undefined
  } catch {
    return undefined
  }
}
