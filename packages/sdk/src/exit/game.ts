import type { Hash } from '@omg/protocol'
import { type Exit, type ExitGame, getExit, type RootChain } from '@omg/rootchain'
import { sdkError } from '../error.ts'

/** The contract that holds the bond of an exit or piggyback. */
export function gameOf({ kind }: Pick<Exit, 'kind'>): ExitGame {
  return kind === 'standard' ? 'standardExits' : 'inFlightExits'
}

/** @throws SdkError `exit.unknown` */
export async function readExit(rootChain: RootChain, id: Hash): Promise<Exit> {
  const exit = await getExit(rootChain, { id })
  if (!exit) throw sdkError('exit.unknown', `no exit ${id} was started`)
  return exit
}
