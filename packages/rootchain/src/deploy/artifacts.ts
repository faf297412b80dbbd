import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Abi, Hex } from 'viem'
import { rootChainError } from '../error.ts'

/** Where `forge build` writes: contracts/out. Bytecode is read from there and is never committed. */
export const ARTIFACTS = fileURLToPath(new URL('../../../../contracts/out/', import.meta.url))

export interface Artifact {
  readonly abi: Abi
  readonly bytecode: Hex
}

/**
 * A compiled contract.
 *
 * @throws OmgError `deployment.artifact` when it was not built.
 */
export async function readArtifact(contract: string, directory: string = ARTIFACTS): Promise<Artifact> {
  const path = `${directory}/${contract}.sol/${contract}.json`
  try {
    const { abi, bytecode } = JSON.parse(await readFile(path, 'utf8')) as {
      abi: Abi
      bytecode: { object: Hex }
    }
    return { abi, bytecode: bytecode.object }
  } catch (error) {
    throw rootChainError('deployment.artifact', `contract ${contract} is not built`, error)
  }
}
