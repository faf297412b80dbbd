import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { staleAbis } from './abi.ts'

/** EIP-170: a larger contract cannot be deployed. */
const MAX_CODE_BYTES = 24_576
const ARTIFACTS = join(import.meta.dirname, '..', 'contracts', 'out')

it('the committed ABIs are those of the contracts', () => {
  expect(staleAbis()).toEqual([])
})

it.each(['RootChain', 'Bonding', 'Erc20Vault', 'ExitQueue', 'StandardExits', 'InFlightExits'])(
  '%s is small enough to deploy',
  contract => {
    const artifact = JSON.parse(readFileSync(join(ARTIFACTS, `${contract}.sol`, `${contract}.json`), 'utf8'))
    const code = artifact.deployedBytecode.object as string
    expect((code.length - 2) / 2).toBeLessThanOrEqual(MAX_CODE_BYTES)
  },
)
